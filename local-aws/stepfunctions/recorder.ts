import type { ExecutionRecord, NewExecution } from './execution-table.ts';
import { StateFailure } from './failure.ts';
import { executionEnded, executionStarted, type NewEvent } from './history.ts';
import type { Json } from './json.ts';
import { type ExecutionStatusChange, statusEvent } from './status-event.ts';
import type { Store } from './store.ts';
import { type Cursor, type End, type Execution, failedTransition, type Transition } from './transition.ts';

/** 25,000 events: the maximum length of an execution's history, a hard limit (AWS service quotas). */
const MAX_EVENTS = 25_000;

interface RecorderOptions {
  readonly store: Store;
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  readonly emit: (event: ExecutionStatusChange) => void | Promise<void>;
}

/** Identifies the execution to end. */
type Ending = Pick<ExecutionRecord, 'arn' | 'id' | 'machineArn'>;

/** Stores the changes of executions, each in one transaction, and then emits an event for each change of status. */
export type Recorder = ReturnType<typeof createRecorder>;

export function createRecorder({ store, region, accountId, now, emit }: RecorderOptions) {
  const announce = (arn: string) => {
    const record = store.execution(arn);
    if (record) deliver(emit, statusEvent(record, { region, accountId }));
  };

  /** Stores the end of a running execution. */
  function end(
    { arn, id, machineArn }: Ending,
    how: End,
    lastEvent: number,
    events: readonly NewEvent[],
  ): void {
    store.finish(id, how, lastEvent, now(), events);
    announce(arn);
    if (store.isDeleting(machineArn)) store.removeDeletedStateMachines();
  }

  /** Stores a transition. @returns the next cursor; undefined at the end of the execution */
  function commit(
    { arn, id, stateMachine }: Execution,
    from: Cursor,
    wanted: Transition,
  ): Cursor | undefined {
    const execution = { arn, id, machineArn: stateMachine.arn };
    const transition = limited(from, wanted);
    if ('end' in transition) {
      end(execution, transition.end, from.lastEvent, transition.events);
      return undefined;
    }
    // Executions of a state machine that is being deleted end at their next change of state (API reference,
    // DeleteStateMachine).
    const moves = transition.cursor.enteredEvent !== from.enteredEvent;
    if (moves && store.isDeleting(stateMachine.arn)) {
      end(execution, { status: 'ABORTED' }, from.lastEvent, [
        executionEnded('Aborted', undefined, undefined),
      ]);
      return undefined;
    }
    store.move(id, transition.cursor, now(), transition.events);
    return transition.cursor;
  }

  /** Stores a new execution. @returns its number */
  function begin(
    fresh: NewExecution,
    input: Json,
    roleArn: string,
    first: Cursor,
    events: readonly NewEvent[],
  ) {
    const id = store.addExecution(fresh, first, [executionStarted(input, roleArn), ...events]);
    announce(fresh.arn);
    return id;
  }

  return { begin, commit, end };
}

/** Replaces a transition that would exceed the limit of the history by a failure. */
function limited({ lastEvent }: Cursor, transition: Transition): Transition {
  if ('end' in transition || lastEvent + transition.events.length < MAX_EVENTS) return transition;
  return failedTransition(
    new StateFailure(
      'States.Runtime',
      `The execution reached the maximum number of history events (${MAX_EVENTS}).`,
    ),
  );
}

/** A failing receiver does not affect the execution: delivery is best effort, as on AWS. */
function deliver(emit: RecorderOptions['emit'], event: ExecutionStatusChange): void {
  const warn = (error: unknown) =>
    process.emitWarning(`status change of ${event.detail.executionArn} was not delivered: ${String(error)}`);
  try {
    Promise.resolve(emit(event)).catch(warn);
  } catch (error) {
    warn(error);
  }
}
