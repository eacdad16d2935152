import { Stack } from 'aws-cdk-lib';
import { Effect, type ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import * as z from 'zod';
import { acknowledge } from './acknowledge.ts';

/** The grantee of a permission: a role, or a policy that the account's administrator attaches to people. */
export type Grantee = Role | ManagedPolicy;

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Why resources with a `*` cannot be narrower. */
  readonly why: string;
}

/**
 * Grants a permission. CDK's own `grant*` methods allow whole families of actions (`s3:GetObject*`,
 * `s3:List*`), but the product needs one or two of them.
 */
export function allow(grantee: Grantee, { actions, resources, conditions, why }: Permission): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions ? { conditions } : {}),
    }),
  );
  for (const resource of resources.map((arn) => readable(Stack.of(grantee).resolve(arn)))) {
    if (resource.includes('*')) acknowledge(grantee, `IAM5[Resource::${resource}]`, why);
  }
}

/** Denies a permission, whatever else allows it. */
export function deny(grantee: Grantee, { actions, resources, conditions }: Omit<Permission, 'why'>): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: [...actions],
      resources: [...resources],
      ...(conditions ? { conditions } : {}),
    }),
  );
}

const reference = z.object({ Ref: z.string() });
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

/** An ARN of a template as cdk-nag names it: `<LogicalId.Attribute>/w/*`. */
function readable(arn: unknown): string {
  if (typeof arn === 'string') return arn;
  const joined = join.safeParse(arn).data;
  if (joined) return joined['Fn::Join'][1].map(readable).join(joined['Fn::Join'][0]);
  const got = attribute.safeParse(arn).data;
  if (got) return `<${got['Fn::GetAtt'].join('.')}>`;
  return `<${reference.parse(arn).Ref}>`;
}
