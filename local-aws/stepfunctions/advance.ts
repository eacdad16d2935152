import { StateFailure } from './failure.ts';
import { advanceChoice, advanceFail, advancePass, advanceSucceed, advanceWait } from './flow-states.ts';
import { evaluationFailed } from './history.ts';
import { advanceMap } from './map-state.ts';
import { advanceTask, recover } from './task-state.ts';
import {
  type Cursor,
  type Environment,
  type Execution,
  failedTransition,
  type Iterations,
  type Step,
  type Transition,
} from './transition.ts';

/**
 * Makes the next transition of an execution. It depends only on the cursor: after a restart, it is called again with
 * the stored cursor.
 *
 * @param signal aborts when the execution ends otherwise or the service closes; the call then rejects.
 * @param iterations the same object for all transitions of a Map state
 */
export async function advance(
  execution: Execution,
  cursor: Cursor,
  environment: Environment,
  signal: AbortSignal,
  iterations: Iterations,
): Promise<Transition> {
  const state = execution.stateMachine.definition.States[cursor.state];
  if (!state)
    return failedTransition(new StateFailure('States.Runtime', `state '${cursor.state}' does not exist`));
  const step: Step = { execution, cursor, state, environment, signal, iterations };
  try {
    return await dispatch(step);
  } catch (error) {
    return settleFailure(step, error);
  }
}

function dispatch({ state, ...rest }: Step): Promise<Transition> {
  switch (state.Type) {
    case 'Task':
      return advanceTask({ ...rest, state });
    case 'Choice':
      return advanceChoice({ ...rest, state });
    case 'Pass':
      return advancePass({ ...rest, state });
    case 'Wait':
      return advanceWait({ ...rest, state });
    case 'Map':
      return advanceMap({ ...rest, state }, advance);
    case 'Succeed':
      return advanceSucceed({ ...rest, state });
    case 'Fail':
      return advanceFail({ ...rest, state });
  }
}

/** Handles a failure: a Task state may retry or catch it, a Map catch it; any other state ends the execution. */
async function settleFailure(step: Step, error: unknown): Promise<Transition> {
  if (!(error instanceof StateFailure)) throw error;
  const { state, ...rest } = step;
  const failure = withState(step, error);
  if (state.Type !== 'Task' && state.Type !== 'Map') return failedTransition(failure);
  try {
    return (await recover({ ...rest, state }, failure)) ?? failedTransition(failure);
  } catch (second) {
    if (!(second instanceof StateFailure)) throw second;
    return failedTransition(withState(step, second));
  }
}

/** Adds the state and its entry event to the message of an evaluation failure, and an event to the history. */
function withState({ cursor }: Step, failure: StateFailure): StateFailure {
  const { error, location, events } = failure;
  if (location === undefined) return failure;
  const where = `the state '${cursor.state}' (entered at the event id #${cursor.enteredEvent})`;
  const detail = `An error occurred while executing ${where}. ${failure.detail}`;
  return new StateFailure(error, detail, location, [
    ...events,
    evaluationFailed(cursor.state, location, error, detail),
  ]);
}
