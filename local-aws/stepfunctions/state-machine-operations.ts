import * as z from 'zod';
import { AwsError, type JsonService } from '../aws/json-protocol.ts';
import { type AccountRegion, assertArn, assertName, stateMachineArnOf } from './names.ts';
import { DefinitionError, parseStateMachine } from './parse-state-machine.ts';
import { page, pageSize, paging, positionOf, read, wireTime } from './requests.ts';
import type { StateMachineRecord } from './state-machine-table.ts';
import type { Store } from './store.ts';

const NO_LOGGING = { level: 'OFF' as const, includeExecutionData: false };

const createInput = z.strictObject({
  name: z.string(),
  definition: z.string(),
  roleArn: z.string().regex(/^arn:[^:]+:iam:[^:]*:[^:]*:role\/.+$/, 'must be the ARN of a role'),
  type: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  loggingConfiguration: z
    .strictObject({
      level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).default('OFF'),
      includeExecutionData: z.boolean().default(false),
      destinations: z
        .array(z.strictObject({ cloudWatchLogsLogGroup: z.strictObject({ logGroupArn: z.string() }) }))
        .optional(),
    })
    .default(NO_LOGGING),
  tracingConfiguration: z.strictObject({ enabled: z.boolean().default(false) }).default({ enabled: false }),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })).optional(),
});

const byArn = z.strictObject({
  stateMachineArn: z.string(),
  includedData: z.enum(['ALL_DATA', 'METADATA_ONLY']).default('ALL_DATA'),
});

const validateInput = z.strictObject({
  definition: z.string(),
  type: z.enum(['STANDARD', 'EXPRESS']).optional(),
  severity: z.enum(['ERROR', 'WARNING']).optional(),
  maxResults: z.int().min(0).max(100).optional(),
});

/**
 * Returns the state machine of an ARN.
 *
 * @throws AwsError InvalidArn, StateMachineDoesNotExist.
 */
export function findStateMachine(store: Store, arn: string): StateMachineRecord {
  assertArn(arn, 'stateMachine');
  const stateMachine = store.stateMachine(arn);
  if (!stateMachine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return stateMachine;
}

/** The operations on state machines (AWS Step Functions API reference). */
export function stateMachineOperations(
  store: Store,
  accountRegion: AccountRegion,
  now: () => number,
): JsonService['operations'] {
  return {
    CreateStateMachine: (input) => create(store, accountRegion, now, read(createInput, input)),
    DescribeStateMachine: (input) => {
      const { stateMachineArn, includedData } = read(byArn, input);
      return describe(findStateMachine(store, stateMachineArn), includedData === 'ALL_DATA');
    },
    ListStateMachines: (input) => list(store, input),
    DeleteStateMachine: (input) => {
      const { stateMachineArn } = read(z.strictObject({ stateMachineArn: z.string() }), input);
      assertArn(stateMachineArn, 'stateMachine');
      store.markDeleting(stateMachineArn);
      store.removeDeletedStateMachines();
      return {};
    },
    ValidateStateMachineDefinition: (input) => validate(read(validateInput, input)),
  };
}

/**
 * Idempotent for the same name, definition, type, logging and tracing. A different role is silently ignored, as on AWS
 * (API reference, CreateStateMachine).
 */
function create(
  store: Store,
  accountRegion: AccountRegion,
  now: () => number,
  input: z.infer<typeof createInput>,
) {
  const { name, definition, roleArn } = input;
  assertName(name);
  if (input.type !== 'STANDARD') {
    throw new AwsError('StateMachineTypeNotSupported', 'only STANDARD state machines are supported');
  }
  const arn = stateMachineArnOf(accountRegion, name);
  const logging = JSON.stringify(input.loggingConfiguration);
  const tracing = JSON.stringify(input.tracingConfiguration);
  const existing = store.stateMachine(arn);
  if (existing) return same(existing, { definition, logging, tracing });
  assertDefinition(definition);
  const createdAt = now();
  store.addStateMachine({ arn, name, definition, roleArn, logging, tracing, createdAt, status: 'ACTIVE' });
  return { stateMachineArn: arn, creationDate: wireTime(createdAt) };
}

function same(
  existing: StateMachineRecord,
  wanted: Pick<StateMachineRecord, 'definition' | 'logging' | 'tracing'>,
): { stateMachineArn: string; creationDate: number } {
  const { arn, definition, logging, tracing, createdAt } = existing;
  if (existing.status === 'DELETING')
    throw new AwsError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);
  if (definition !== wanted.definition || logging !== wanted.logging || tracing !== wanted.tracing) {
    throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
  }
  return { stateMachineArn: arn, creationDate: wireTime(createdAt) };
}

/** 1 MiB, the maximum size of a definition (AWS Step Functions, service quotas). */
const MAX_DEFINITION_BYTES = 1024 * 1024;

function assertDefinition(definition: string): void {
  if (Buffer.byteLength(definition) > MAX_DEFINITION_BYTES) {
    throw new AwsError('InvalidDefinition', `a definition has at most ${MAX_DEFINITION_BYTES} bytes`);
  }
  try {
    parseStateMachine(definition);
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${error.message}`);
  }
}

const describe = (stateMachine: StateMachineRecord, whole: boolean) => ({
  stateMachineArn: stateMachine.arn,
  name: stateMachine.name,
  status: stateMachine.status,
  type: 'STANDARD',
  roleArn: stateMachine.roleArn,
  creationDate: wireTime(stateMachine.createdAt),
  definition: whole ? stateMachine.definition : '{}',
  loggingConfiguration: JSON.parse(stateMachine.logging),
  tracingConfiguration: JSON.parse(stateMachine.tracing),
});

function list(store: Store, input: unknown) {
  const { maxResults, nextToken } = read(z.strictObject(paging), input);
  const size = pageSize(maxResults);
  const { shown, more } = page(
    store.stateMachines(positionOf(z.string(), nextToken, ''), size + 1),
    size,
    (last) => last.name,
  );
  const stateMachines = shown.map(({ arn, name, createdAt }) => ({
    stateMachineArn: arn,
    name,
    type: 'STANDARD',
    creationDate: wireTime(createdAt),
  }));
  return { stateMachines, ...more };
}

function validate({ definition }: z.infer<typeof validateInput>) {
  try {
    parseStateMachine(definition);
    return { result: 'OK', diagnostics: [], truncated: false };
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const diagnostics = error.problems
      .slice(0, 100)
      .map((problem) => ({ severity: 'ERROR', code: 'INVALID_DEFINITION', ...problem }));
    return { result: 'FAIL', diagnostics, truncated: error.problems.length > 100 };
  }
}
