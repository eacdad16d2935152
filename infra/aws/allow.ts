import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import * as z from 'zod';
import { acknowledge } from './acknowledge.ts';

export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Why resources with a `*` are as narrow as they can be. */
  readonly why: string;
}

/**
 * Gives a role a permission. CDK's own `grant*` methods allow whole families of actions (`s3:GetObject*`,
 * `s3:List*`), where the product needs one or two of them.
 */
export function allow(role: Role, { actions, resources, conditions, why }: Permission): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions ? { conditions } : {}),
    }),
  );
  for (const resource of resources.map((arn) => readable(Stack.of(role).resolve(arn)))) {
    if (resource.includes('*')) acknowledge(role, `IAM5[Resource::${resource}]`, why);
  }
}

/** Takes a permission from a role, whatever else allows it. */
export function deny(role: Role, { actions, resources, conditions }: Omit<Permission, 'why'>): void {
  role.addToPolicy(
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
