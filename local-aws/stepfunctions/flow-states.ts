import type { State } from './definition.ts';
import { BOOLEAN, evaluate, evaluateTyped, STRING, secondsFrom } from './evaluate.ts';
import { StateFailure } from './failure.ts';
import { executionEnded, executionSucceeded, stateExited } from './history.ts';
import { sleepUntil } from './timers.ts';
import { bindings, type End, leave, type Step, stay, type Transition } from './transition.ts';

type Of<T extends State['Type']> = Step<Extract<State, { Type: T }>>;

/** Pass: continues with its Output, or with its input if it has no Output. */
export const advancePass = (step: Of<'Pass'>): Promise<Transition> =>
  leave(step, { ...step.state, fallback: step.cursor.input, next: step.state.Next });

/**
 * Choice: takes the first rule whose condition is true, with the rule's Assign and Output. The state's own Assign and
 * Output apply only to the default.
 *
 * @throws StateFailure `States.NoChoiceMatched` when no condition is true and the state has no default.
 */
export async function advanceChoice(step: Of<'Choice'>): Promise<Transition> {
  const { state, cursor } = step;
  for (const [index, rule] of state.Choices.entries()) {
    const prefix = `Choices[${index}]/`;
    const holds = await evaluateTyped<boolean>(rule.Condition, bindings(step), `${prefix}Condition`, BOOLEAN);
    if (holds) return leave(step, { ...rule, fallback: cursor.input, next: rule.Next, prefix });
  }
  if (state.Default === undefined) {
    throw new StateFailure('States.NoChoiceMatched', `No choice of the state '${cursor.state}' holds.`);
  }
  return leave(step, { ...state, fallback: cursor.input, next: state.Default });
}

/** Wait: the time starts when the state is entered. */
export async function advanceWait(step: Of<'Wait'>): Promise<Transition> {
  const { state, cursor, environment } = step;
  if (cursor.phase.kind !== 'waiting') {
    const seconds = await evaluateTyped<number>(state.Seconds, bindings(step), 'Seconds', secondsFrom(0));
    return stay(cursor, { phase: { kind: 'waiting', until: cursor.enteredAt + seconds * 1000 } }, []);
  }
  await sleepUntil(cursor.phase.until, environment.now, step.signal);
  return leave(step, { ...state, fallback: cursor.input, next: state.Next });
}

/** Succeed: ends the execution with its Output, or with its input if it has no Output. */
export async function advanceSucceed(step: Of<'Succeed'>): Promise<Transition> {
  const { state, cursor } = step;
  const output =
    state.Output === undefined ? cursor.input : await evaluate(state.Output, bindings(step), 'Output');
  return {
    events: [stateExited('Succeed', cursor.state, output), executionSucceeded(output)],
    end: { status: 'SUCCEEDED', output },
  };
}

/** Fail: ends the execution with the given error and cause; both are optional. */
export async function advanceFail(step: Of<'Fail'>): Promise<Transition> {
  const { state } = step;
  const part = (field: 'Error' | 'Cause') => {
    const template = state[field];
    return template === undefined
      ? undefined
      : evaluateTyped<string>(template, bindings(step), field, STRING);
  };
  const failure = new StateFailure(await part('Error'), await part('Cause'));
  const end: End = { status: 'FAILED', error: failure.error, cause: failure.detail };
  return { events: [executionEnded('Failed', end.error, end.cause)], end };
}
