import { setImmediate as nextTurn } from 'node:timers/promises';
import { advance } from './advance.ts';
import type { ExecutionRecord, NewExecution } from './execution-table.ts';
import { StateFailure } from './failure.ts';
import { executionEnded, type NewEvent } from './history.ts';
import { toJson } from './json.ts';
import { noIterations, tasksOf } from './map-state.ts';
import { readDefinition } from './parse-state-machine.ts';
import type { Recorder } from './recorder.ts';
import type { StateMachineRecord } from './state-machine-table.ts';
import type { Store } from './store.ts';
import { stopUnwantedTask } from './task-state.ts';
import { at, Interruption } from './timers.ts';
import {
  type Cursor,
  cursorSchema,
  type End,
  type Environment,
  type Execution,
  enter,
  failedTransition,
  type Transition,
} from './transition.ts';

/** Time until the retry of a transition that could not be stored, as on a full disk. */
const RETRY_MS = 2_000;

/** Runs executions; all of their state is in the store. */
export interface Interpreter {
  /** Stores and starts an execution. */
  start(stateMachine: StateMachineRecord, execution: NewExecution): void;
  /** Aborts a running execution; does nothing if it is not running. */
  abort(arn: string, error: string | undefined, cause: string | undefined): void;
  /** Continues every open execution that is not running yet. */
  resume(): void;
  /** Stops all work without ending executions. */
  close(): Promise<void>;
}

interface InterpreterOptions extends Environment {
  readonly store: Store;
  readonly recorder: Recorder;
}

interface Work {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** Running executions by ARN, and timers for writes that failed. */
interface Works extends Map<string, Work> {
  readonly retries: Set<NodeJS.Timeout>;
  closed: boolean;
}

export function createInterpreter(options: InterpreterOptions): Interpreter {
  const { store, recorder, now } = options;
  const works: Works = Object.assign(new Map<string, Work>(), {
    retries: new Set<NodeJS.Timeout>(),
    closed: false,
  });
  const launch = (execution: Execution, cursor: Cursor) => begin(options, works, execution, cursor);
  return {
    start(stateMachine, fresh) {
      const definition = readDefinition(stateMachine.definition);
      const input = toJson(JSON.parse(fresh.input));
      const first = enter(definition, definition.StartAt, input, {}, 1, now());
      const id = recorder.begin(fresh, input, stateMachine.roleArn, first.cursor, first.events);
      launch({ ...fresh, id, input, stateMachine: { ...stateMachine, definition } }, first.cursor);
    },
    abort(arn, error, cause) {
      endNow(
        options,
        works,
        arn,
        { status: 'ABORTED', error, cause },
        executionEnded('Aborted', error, cause),
      );
    },
    resume() {
      for (const record of store.openExecutions()) {
        const stateMachine = works.has(record.arn) ? undefined : store.stateMachine(record.machineArn);
        if (stateMachine) launch(executionOf(record, stateMachine), storedCursor(record));
      }
    },
    async close() {
      works.closed = true;
      for (const timer of works.retries) clearTimeout(timer);
      const open = [...works.values()];
      for (const { controller } of open) controller.abort(new Interruption('closing'));
      await Promise.all(open.map(({ done }) => done));
    },
  };
}

/** Runs an execution from a cursor, in the background. */
function begin(options: InterpreterOptions, works: Works, execution: Execution, cursor: Cursor): void {
  const { arn } = execution;
  const controller = new AbortController();
  const end = () =>
    endNow(options, works, arn, { status: 'TIMED_OUT' }, executionEnded('TimedOut', undefined, undefined));
  const timedOut = () => untilStored(works, arn, end);
  const done = run(options, execution, cursor, controller.signal, timedOut)
    .catch((error: unknown) => later(works, arn, error, () => continueStored(options, works, execution)))
    .finally(() => {
      if (works.get(arn)?.controller === controller) works.delete(arn);
    });
  works.set(arn, { controller, done });
}

/** Continues an execution from its stored cursor, unless it ended in the meantime. */
function continueStored(options: InterpreterOptions, works: Works, execution: Execution): void {
  const record = options.store.execution(execution.arn);
  if (record?.status === 'RUNNING' && !works.has(record.arn)) {
    begin(options, works, execution, storedCursor(record));
  }
}

/** Repeats a write that fails, as on a full disk, until it succeeds. */
function untilStored(works: Works, arn: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    later(works, arn, error, write);
  }
}

function later(works: Works, arn: string, error: unknown, write: () => void): void {
  if (works.closed) return;
  process.emitWarning(`${arn} continues in ${RETRY_MS / 1000} s: ${String(error)}`);
  const timer = setTimeout(() => {
    works.retries.delete(timer);
    untilStored(works, arn, write);
  }, RETRY_MS).unref();
  works.retries.add(timer);
}

/** Makes transitions until the execution ends or is aborted. */
async function run(
  { recorder, ...environment }: InterpreterOptions,
  execution: Execution,
  start: Cursor,
  signal: AbortSignal,
  timedOut: () => void,
): Promise<void> {
  const seconds = execution.stateMachine.definition.TimeoutSeconds;
  const deadline = seconds === undefined ? undefined : execution.startedAt + seconds * 1000;
  const cancel = deadline === undefined ? undefined : at(deadline, environment.now, timedOut);
  let iterations = noIterations();
  try {
    for (let cursor: Cursor | undefined = start; cursor; ) {
      const call = advance(execution, cursor, environment, signal, iterations);
      const transition: Transition = await call.catch(faulty);
      if (signal.aborted) return;
      cursor = recorder.commit(execution, cursor, transition);
      if (cursor?.phase.kind !== 'iterating') iterations = noIterations();
      // Pass and Choice states do not wait: yield to other work.
      await nextTurn();
      if (signal.aborted) return;
    }
  } finally {
    cancel?.();
  }
}

/** A bug ends the execution like an error of Step Functions itself: no Catch matches it. */
const faulty = (error: unknown): Transition =>
  failedTransition(
    new StateFailure('States.Runtime', error instanceof Error ? error.message : String(error)),
  );

/** Ends an execution immediately, possibly in the middle of a state. */
function endNow(
  { store, recorder, integrations }: InterpreterOptions,
  works: ReadonlyMap<string, Work>,
  arn: string,
  how: End,
  event: NewEvent,
): void {
  const record = store.execution(arn);
  if (record?.status !== 'RUNNING') return;
  const cursor = storedCursor(record);
  recorder.end(record, how, cursor.lastEvent, [event]);
  works.get(arn)?.controller.abort(new Interruption('ended'));
  for (const taskArn of tasksOf(cursor)) stopUnwantedTask(integrations, taskArn);
}

const storedCursor = ({ cursor }: ExecutionRecord): Cursor => cursorSchema.parse(JSON.parse(cursor));

const executionOf = (record: ExecutionRecord, stateMachine: StateMachineRecord): Execution => ({
  id: record.id,
  arn: record.arn,
  name: record.name,
  input: toJson(JSON.parse(record.input)),
  startedAt: record.startedAt,
  stateMachine: { ...stateMachine, definition: readDefinition(stateMachine.definition) },
});
