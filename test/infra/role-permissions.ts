import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { resourcesOf } from './synthesised.ts';

const many = z.union([z.unknown().array(), z.unknown().transform((one) => [one])]);
const statement = z.object({
  Effect: z.string(),
  Action: many,
  Resource: many.optional(),
  Condition: z.unknown().optional(),
});
const managedPolicy = z.object({ PolicyDocument: z.object({ Statement: statement.array() }) });
const policy = managedPolicy.extend({ Roles: z.array(z.object({ Ref: z.string() })) });
const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const reference = z.object({ Ref: z.string() });

/**
 * The permissions of each role of a template, as lines `<action> <resource>[ if <condition>]`, sorted, by the role's
 * logical id without its digest.
 */
export function rolePermissions(template: Template): Record<string, string[]> {
  const roles = resourcesOf(template, 'AWS::IAM::Role').map(
    ({ id }) => [shortId(id), [] as string[]] as const,
  );
  const permissions = new Map<string, string[]>(roles);
  for (const { Properties } of resourcesOf(template, 'AWS::IAM::Policy')) {
    const { PolicyDocument, Roles } = policy.parse(Properties);
    const lines = PolicyDocument.Statement.flatMap(linesOf);
    for (const { Ref } of Roles) permissions.get(shortId(Ref))?.push(...lines);
  }
  return Object.fromEntries([...permissions].map(([role, lines]) => [role, lines.sort()]));
}

/** The same of the managed policies of a template, by their logical ids. */
export function managedPermissions(template: Template): Record<string, string[]> {
  const policies = resourcesOf(template, 'AWS::IAM::ManagedPolicy').map(({ id, Properties }) => {
    const lines = managedPolicy.parse(Properties).PolicyDocument.Statement.flatMap(linesOf);
    return [shortId(id), lines.sort()] as const;
  });
  return Object.fromEntries(policies);
}

function linesOf({ Effect, Action, Resource = [], Condition }: z.output<typeof statement>): string[] {
  const effect = Effect === 'Allow' ? '' : `${Effect} `;
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(plain(Condition))}`;
  return Action.flatMap((action) =>
    Resource.map((resource) => `${effect}${action} ${text(resource)}${condition}`),
  );
}

/** An ARN with names instead of values that only CloudFormation knows. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = join.safeParse(value).data;
  if (joined) return shortArn(joined['Fn::Join'][1].map(text).join(joined['Fn::Join'][0]));
  const got = attribute.safeParse(value).data;
  if (got) return shortId(got['Fn::GetAtt'][0]);
  return shortId(reference.parse(value).Ref);
}

/** A condition with names instead of references. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('Ref' in value || 'Fn::GetAtt' in value || 'Fn::Join' in value) return text(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const shortId = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
const shortArn = (arn: string): string =>
  arn.replace(/^arn:AWS::Partition:(\w+):AWS::Region:AWS::AccountId:/, '$1:');
