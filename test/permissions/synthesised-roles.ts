import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { functionNames } from '../../infra/functions.ts';
import {
  ACCOUNT,
  DATA_BUCKET,
  EXECUTION_ROLE,
  functionName,
  MACHINE_ROLE,
  REGION,
  TABLE,
  WORK_BUCKET,
} from '../../infra/local/names.ts';
import { type Deployed, deployed } from '../infra/deployed.ts';
import type { Caller } from './need.ts';
import type { Statement } from './policy.ts';

/**
 * The permissions of each role with which the product makes calls, and of the operator, in the names of the local
 * stack.
 */
export type Roles = ReadonlyMap<Caller, readonly Statement[]>;

/** Names of the local stack for resources whose names CloudFormation generates. */
const names = {
  DataTable: TABLE,
  DataDataBucket: DATA_BUCKET,
  DataWorkBucket: WORK_BUCKET,
  ComputeExecutionRole: EXECUTION_ROLE.split('/').at(-1) ?? '',
  MachineRole: MACHINE_ROLE.split('/').at(-1) ?? '',
};

/** A template of stage `local` as it would be deployed, with the names of the local stack. */
export const deployedLocally = (template: Template): Deployed =>
  deployed(template, { region: REGION, account: ACCOUNT, names });

/**
 * Reads the roles of the functions and of the state machines, and the policy of the operator, from a template of stage
 * `local`.
 *
 * @throws Error for an unsupported element of a policy
 */
export function synthesisedRoles(template: Template): Roles {
  const { ofType } = deployedLocally(template);
  const read = <T>(type: string, schema: z.ZodType<T>): T[] =>
    ofType(type).map(({ id, properties }) => {
      const parsed = schema.safeParse(properties);
      if (!parsed.success) throw new Error(`policy ${id} cannot be judged: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    });
  const statements = (documents: readonly z.output<typeof managedPolicy>[]) =>
    documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const policies = read('AWS::IAM::Policy', policy);
  return new Map<Caller, readonly Statement[]>([
    ...[...roleNames({ ofType })].map(([caller, role]): [Caller, Statement[]] => [
      caller,
      statements(policies.filter(({ Roles }) => Roles.includes(role))),
    ]),
    ['operator', statements(read('AWS::IAM::ManagedPolicy', managedPolicy))],
  ]);
}

const strings = z.union([z.string().array(), z.string().transform((one) => [one])]);
const statementSchema = z
  .strictObject({
    Sid: z.string().optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: strings,
    Resource: strings,
    Condition: z.record(z.string(), z.record(z.string(), strings)).default({}),
  })
  .transform(
    ({ Effect, Action, Resource, Condition }): Statement => ({
      effect: Effect,
      actions: Action,
      resources: Resource,
      conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, values]) => ({ operator, key, values })),
      ),
    }),
  );
const managedPolicy = z.object({ PolicyDocument: z.object({ Statement: statementSchema.array() }) });
const policy = managedPolicy.extend({ Roles: z.array(z.string()) });

/** Names of the roles by their owners. */
function roleNames({ ofType }: Pick<Deployed, 'ofType'>): Map<Caller, string> {
  const roles = new Map<Caller, string>();
  const lambda = z.object({ FunctionName: z.string(), Role: z.string() });
  for (const { properties } of ofType('AWS::Lambda::Function')) {
    const { FunctionName, Role } = lambda.parse(properties);
    // It runs once, when its stack is deleted: `test/infra/teardown` tests its role.
    if (FunctionName.endsWith('-teardown')) continue;
    const name = functionNames.find((each) => functionName(each) === FunctionName);
    if (!name) throw new Error(`the local stack has no function ${FunctionName}`);
    roles.set(name, Role.split('/').at(-1) ?? '');
  }
  const machine = ofType('AWS::IAM::Role').find(({ id }) => id.startsWith('MachineRole'));
  if (!machine) throw new Error('the template has no role for the state machines');
  return roles.set('machine', names.MachineRole);
}
