import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError, type JsonService } from '../aws/json-protocol.ts';
import type { EventRecord, ExecutionRecord, ExecutionSummary } from './execution-table.ts';
import type { Interpreter } from './interpreter.ts';
import { MAX_PAYLOAD_BYTES } from './json.ts';
import { type AccountRegion, assertArn, assertName, executionArn } from './names.ts';
import { page, pageSize, paging, positionOf, read, wireTime } from './requests.ts';
import { findStateMachine } from './state-machine-operations.ts';
import type { Store } from './store.ts';

const startInput = z.strictObject({
  stateMachineArn: z.string(),
  name: z.string().optional(),
  input: z.string().default('{}'),
  traceHeader: z.string().optional(),
});
const describeInput = z.strictObject({
  executionArn: z.string(),
  includedData: z.enum(['ALL_DATA', 'METADATA_ONLY']).default('ALL_DATA'),
});
const stopInput = z.strictObject({
  executionArn: z.string(),
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});
const listInput = z.strictObject({
  stateMachineArn: z.string(),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
  ...paging,
});
const historyInput = z.strictObject({
  executionArn: z.string(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
  ...paging,
});

/** The operations on executions (AWS Step Functions API reference). */
export function executionOperations(
  store: Store,
  interpreter: Interpreter,
  accountRegion: AccountRegion,
  now: () => number,
): JsonService['operations'] {
  return {
    StartExecution: (input) => start(store, interpreter, accountRegion, now, read(startInput, input)),
    DescribeExecution: (input) => {
      const { executionArn: arn, includedData } = read(describeInput, input);
      return describe(findExecution(store, arn), includedData === 'ALL_DATA');
    },
    StopExecution: (input) => {
      const { executionArn: arn, error, cause } = read(stopInput, input);
      findExecution(store, arn);
      interpreter.abort(arn, error, cause);
      return { stopDate: wireTime(findStopTime(store, arn, now)) };
    },
    ListExecutions: (input) => list(store, read(listInput, input)),
    GetExecutionHistory: (input) => history(store, read(historyInput, input)),
  };
}

/** @throws AwsError InvalidArn, ExecutionDoesNotExist. */
function findExecution(store: Store, arn: string): ExecutionRecord {
  assertArn(arn, 'execution');
  const execution = store.execution(arn);
  if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/** A state machine that is being deleted is removed with its last execution, so the record may be missing. */
const findStopTime = (store: Store, arn: string, now: () => number) =>
  store.execution(arn)?.stoppedAt ?? now();

/**
 * Idempotent while an execution with that name and input runs. The name of a closed execution stays reserved for 90
 * days (API reference, StartExecution).
 */
function start(
  store: Store,
  interpreter: Interpreter,
  accountRegion: AccountRegion,
  now: () => number,
  request: z.infer<typeof startInput>,
) {
  const { stateMachineArn, name = randomUUID(), input } = request;
  const stateMachine = findStateMachine(store, stateMachineArn);
  assertName(name);
  assertInput(input);
  if (stateMachine.status === 'DELETING') {
    throw new AwsError('StateMachineDeleting', `State Machine is being deleted: '${stateMachineArn}'`);
  }
  const arn = executionArn(accountRegion, stateMachine.name, name);
  const existing = store.execution(arn);
  if (existing && (existing.status !== 'RUNNING' || existing.input !== input)) {
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const startedAt = existing?.startedAt ?? now();
  if (!existing)
    interpreter.start(stateMachine, { arn, machineArn: stateMachine.arn, name, input, startedAt });
  return { executionArn: arn, startDate: wireTime(startedAt) };
}

function assertInput(input: string): void {
  if (Buffer.byteLength(input) > MAX_PAYLOAD_BYTES) {
    throw new AwsError('ValidationException', `input: must be at most ${MAX_PAYLOAD_BYTES} bytes`);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${String(error)}'`);
  }
}

/** Omits members that are null, which the SDK would show as null. */
const present = (members: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));

const summary = (execution: ExecutionSummary) => ({
  executionArn: execution.arn,
  stateMachineArn: execution.machineArn,
  name: execution.name,
  status: execution.status,
  startDate: wireTime(execution.startedAt),
  ...(execution.stoppedAt === null ? {} : { stopDate: wireTime(execution.stoppedAt) }),
  redriveCount: 0,
});

function describe(execution: ExecutionRecord, whole: boolean) {
  const { input, output, error, cause } = execution;
  if (!whole) return summary(execution);
  return {
    ...summary(execution),
    ...present({ input, output, error, cause }),
    inputDetails: { included: true },
    ...(output === null ? {} : { outputDetails: { included: true } }),
  };
}

const executionPosition = z.object({ time: z.number(), id: z.number() });
const NEWEST = { time: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER };

/** Lists the most recent executions first, by start for running executions and by end for others. */
function list(store: Store, request: z.infer<typeof listInput>) {
  const { stateMachineArn, statusFilter = null, maxResults, nextToken } = request;
  findStateMachine(store, stateMachineArn);
  const size = pageSize(maxResults);
  const position = positionOf(executionPosition, nextToken, NEWEST);
  const { shown, more } = page(
    store.executions(stateMachineArn, statusFilter, position, size + 1),
    size,
    ({ sortTime, id }) => ({ time: sortTime, id }),
  );
  return { executions: shown.map(summary), ...more };
}

function history(store: Store, request: z.infer<typeof historyInput>) {
  const { reverseOrder, includeExecutionData, maxResults, nextToken } = request;
  const execution = findExecution(store, request.executionArn);
  const size = pageSize(maxResults);
  const from = positionOf(z.number(), nextToken, reverseOrder ? Number.MAX_SAFE_INTEGER : 0);
  const { shown, more } = page(
    store.events(execution.id, from, reverseOrder, size + 1),
    size,
    ({ id }) => id,
  );
  return { events: shown.map((event) => wireEvent(event, includeExecutionData)), ...more };
}

/**
 * Each event follows the previous one, also that of another iteration of a Map, where AWS names the previous one of the
 * same iteration. The first state's is 0, as on AWS.
 */
const wireEvent = ({ id, time, type, details }: EventRecord, whole: boolean) => ({
  id,
  previousEventId: id <= 2 ? 0 : id - 1,
  timestamp: wireTime(time),
  type,
  ...JSON.parse(details, (key, value: unknown) =>
    whole || (key !== 'input' && key !== 'output') ? value : undefined,
  ),
});
