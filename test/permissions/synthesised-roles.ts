import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { functionNames } from '../../infra/functions.ts';
import {
  ACCOUNT,
  DATA_BUCKET,
  EXECUTION_ROLE,
  functionName,
  REGION,
  TABLE,
  WORK_BUCKET,
} from '../../infra/local/names.ts';
import { resourcesOf } from '../infra/synthesised.ts';
import type { Caller } from './need.ts';
import type { Statement } from './policy.ts';

/** What each role that the product's calls are made with may do, in the names of the local stack. */
export type Roles = ReadonlyMap<Caller, readonly Statement[]>;

/**
 * Reads the roles of the functions and of the state machines out of a template of stage `local`.
 *
 * @throws Error for anything in a policy that cannot be judged here
 */
export function synthesisedRoles(template: Template): Roles {
  const arns = resourceArns(template);
  const policies = resourcesOf(template, 'AWS::IAM::Policy').map(({ id, Properties }) => {
    const parsed = policy.safeParse(Properties);
    if (!parsed.success) throw new Error(`policy ${id} cannot be judged: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  });
  return new Map(
    [...roleIds(template)].map(([caller, role]) => [
      caller,
      policies
        .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .map((statement) => readStatement(statement, arns)),
    ]),
  );
}

const many = z.union([z.unknown().array(), z.unknown().transform((one) => [one])]);
const strings = z.union([z.string().array(), z.string().transform((one) => [one])]);
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: strings,
  Resource: many,
  Condition: z.record(z.string(), z.record(z.string(), many)).default({}),
});
const policy = z.object({
  PolicyDocument: z.object({ Statement: statementSchema.array() }),
  Roles: z.array(z.object({ Ref: z.string() })),
});
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const reference = z.object({ Ref: z.string() });

/** Logical ids of the roles by who has them. */
function roleIds(template: Template): Map<Caller, string> {
  const roles = new Map<Caller, string>();
  const lambda = z.object({ FunctionName: z.string(), Role: attribute });
  for (const { Properties } of resourcesOf(template, 'AWS::Lambda::Function')) {
    const { FunctionName, Role } = lambda.parse(Properties);
    const name = functionNames.find((each) => functionName(each) === FunctionName);
    if (!name) throw new Error(`the local stack has no function ${FunctionName}`);
    roles.set(name, Role['Fn::GetAtt'][0]);
  }
  const machine = resourcesOf(template, 'AWS::IAM::Role').find(({ id }) => id.startsWith('MachineRole'));
  if (!machine) throw new Error('there is no role for the state machines');
  return roles.set('machine', machine.id);
}

/** ARNs in the local stack by logical id. What CloudFormation names itself has the local stack's name. */
function resourceArns(template: Template): Map<string, string> {
  const arns = new Map<string, string>();
  const note = (type: string, arnOf: (resource: { id: string; properties: Properties }) => string) => {
    for (const { id, Properties } of resourcesOf(template, type)) {
      arns.set(id, arnOf({ id, properties: Properties }));
    }
  };
  const named =
    (property: string, prefix: string, suffix = '') =>
    ({ properties }: { properties: Properties }) =>
      `${prefix}${z.string().parse(properties[property])}${suffix}`;
  const place = `${REGION}:${ACCOUNT}`;
  note('AWS::Lambda::Function', named('FunctionName', `arn:aws:lambda:${place}:function:`));
  note('AWS::SQS::Queue', named('QueueName', `arn:aws:sqs:${place}:`));
  note('AWS::ECS::Cluster', named('ClusterName', `arn:aws:ecs:${place}:cluster/`));
  note('AWS::Logs::LogGroup', named('LogGroupName', `arn:aws:logs:${place}:log-group:`, ':*'));
  note('AWS::DynamoDB::GlobalTable', () => `arn:aws:dynamodb:${place}:table/${TABLE}`);
  const byLogicalId: Readonly<Record<string, string>> = {
    DataDataBucket: `arn:aws:s3:::${DATA_BUCKET}`,
    DataWorkBucket: `arn:aws:s3:::${WORK_BUCKET}`,
    ComputeExecutionRole: EXECUTION_ROLE,
  };
  for (const type of ['AWS::S3::Bucket', 'AWS::IAM::Role']) {
    for (const { id } of resourcesOf(template, type)) {
      const arn = byLogicalId[id.replace(/[0-9A-F]{8}$/, '')];
      if (arn !== undefined) arns.set(id, arn);
    }
  }
  return arns;
}

type Properties = Readonly<Record<string, unknown>>;
type Arns = ReadonlyMap<string, string>;

function readStatement(
  { Effect, Action, Resource, Condition }: z.output<typeof statementSchema>,
  arns: Arns,
): Statement {
  const resolved = (values: readonly unknown[]) => values.map((value) => resolve(value, arns));
  return {
    effect: Effect,
    actions: Action,
    resources: resolved(Resource),
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({ operator, key, values: resolved(values) })),
    ),
  };
}

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
};

/** @throws Error for what has no counterpart in the local stack */
function resolve(value: unknown, arns: Arns): string {
  if (typeof value === 'string') return value;
  const joined = join.safeParse(value).data?.['Fn::Join'];
  if (joined) return joined[1].map((part) => resolve(part, arns)).join(joined[0]);
  const [id = '', name] = attribute.safeParse(value).data?.['Fn::GetAtt'] ?? [];
  const { Ref = '' } = reference.safeParse(value).data ?? {};
  // `Ref` of a cluster is its name, which is what its ARN ends with.
  const found = name === 'Arn' ? arns.get(id) : (pseudoParameters[Ref] ?? arns.get(Ref)?.split('/').at(-1));
  if (found === undefined) throw new Error(`nothing in the local stack is ${JSON.stringify(value)}`);
  return found;
}
