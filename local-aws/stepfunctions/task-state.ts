import type { MapState, TaskState } from './definition.ts';
import { assertPayload, evaluate, evaluateTyped, secondsFrom } from './evaluate.ts';
import { after, errorOutput, matches, retryDelay, StateFailure } from './failure.ts';
import {
  ECS_RUN_TASK,
  LAMBDA_INVOKE,
  taskFailed,
  taskScheduled,
  taskStarted,
  taskSubmitted,
  taskSucceeded,
} from './history.ts';
import { attemptToken, awaitEcsTask, invokeLambda, startEcsTask } from './integration-calls.ts';
import type { Integrations } from './integrations.ts';
import { type Json, toJson } from './json.ts';
import { Interruption, sleepUntil, withDeadline } from './timers.ts';
import { bindings, leave, type Step, stay, type Transition } from './transition.ts';

type TaskStep = Step<TaskState>;

const resourceOf = (state: TaskState) =>
  state.Resource === 'arn:aws:states:::lambda:invoke' ? LAMBDA_INVOKE : ECS_RUN_TASK;

/**
 * Makes one transition of a Task state: schedules an attempt, makes the call, waits for a started task, or waits for
 * the next attempt. Each transition is stored, so a restart repeats only the last one.
 */
export async function advanceTask(step: TaskStep): Promise<Transition> {
  const { cursor, environment, signal } = step;
  const { phase } = cursor;
  switch (phase.kind) {
    case 'waiting':
      await sleepUntil(phase.until, environment.now, signal);
      return schedule(step);
    case 'entered':
      return schedule(step);
    case 'scheduled':
      return resourceOf(step.state) === LAMBDA_INVOKE
        ? settle(step, () => invoke(step, phase.timeoutAt))
        : submit(step, phase.timeoutAt);
    case 'submitted':
      return settle(step, () => follow(step, phase.taskArn, phase.timeoutAt));
    case 'iterating':
      throw new Error('a Task state has no iterations');
  }
}

const argumentsOf = (step: TaskStep): Promise<Json> =>
  evaluate(toJson(step.state.Arguments), bindings(step), 'Arguments');

async function schedule(step: TaskStep): Promise<Transition> {
  const { state, cursor, environment } = step;
  const limit = state.TimeoutSeconds;
  const seconds =
    limit === undefined
      ? undefined
      : await evaluateTyped<number>(limit, bindings(step), 'TimeoutSeconds', secondsFrom(1));
  const parameters = await argumentsOf(step);
  const timeoutAt = seconds === undefined ? null : environment.now() + seconds * 1000;
  const resource = resourceOf(state);
  return stay(cursor, { phase: { kind: 'scheduled', timeoutAt } }, [
    taskScheduled(resource, environment.region, parameters, seconds),
    taskStarted(resource),
  ]);
}

async function invoke(step: TaskStep, timeoutAt: number | null): Promise<Json> {
  const { integrations, now } = step.environment;
  const parameters = await argumentsOf(step);
  return withDeadline(
    (signal) => invokeLambda(integrations, parameters, signal),
    timeoutAt,
    now,
    step.signal,
  );
}

/** Starts an ECS task. Stops the task if it starts after the execution ended or the state timed out. */
async function submit(step: TaskStep, timeoutAt: number | null): Promise<Transition> {
  const { cursor, execution, environment } = step;
  const { integrations, now } = environment;
  const parameters = await argumentsOf(step);
  const token = attemptToken(execution.arn, cursor.enteredEvent, cursor.retryCount);
  const start = async (signal: AbortSignal) => {
    const taskArn = await startEcsTask(integrations, parameters, token);
    if (signal.aborted && !isClosing(signal)) stopUnwantedTask(integrations, taskArn);
    return taskArn;
  };
  const taskArn = await attempt(step, () => withDeadline(start, timeoutAt, now, step.signal));
  const output = { Failures: [], Tasks: [{ TaskArn: taskArn }] };
  return stay(cursor, { phase: { kind: 'submitted', taskArn, timeoutAt } }, [
    taskSubmitted(ECS_RUN_TASK, output),
  ]);
}

/** A closing service does not stop its tasks: after the next start it waits for them again. */
const isClosing = ({ reason }: AbortSignal) => reason instanceof Interruption && reason.kind === 'closing';

/** Best effort, as on AWS (developer guide, "Run a job"): ignores a failure to stop the task. */
export function stopUnwantedTask(integrations: Integrations, taskArn: string): void {
  integrations.stopTask(taskArn, 'The Step Functions execution no longer waits for it').catch(() => {});
}

async function follow(step: TaskStep, taskArn: string, timeoutAt: number | null): Promise<Json> {
  const { integrations, now } = step.environment;
  const wait = (signal: AbortSignal) => awaitEcsTask(integrations, taskArn, signal);
  try {
    return await withDeadline(wait, timeoutAt, now, step.signal);
  } catch (error) {
    const timedOut = error instanceof StateFailure && error.error === 'States.Timeout';
    if (timedOut) stopUnwantedTask(integrations, taskArn);
    throw error;
  }
}

/** Makes the last call of an attempt and leaves the state with its result. */
async function settle(step: TaskStep, call: () => Promise<Json>): Promise<Transition> {
  const { state } = step;
  const result = await attempt(step, async () => {
    const value = await call();
    assertPayload(value, 'output');
    return value;
  });
  const exit = {
    Assign: state.Assign,
    Output: state.Output,
    fallback: result,
    next: state.Next,
    more: { result },
  };
  return leave(step, exit, [taskSucceeded(resourceOf(state), result)]);
}

/** Makes a call, and adds an event for the failed task to its failure. */
async function attempt<T>(step: TaskStep, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    throw after([taskFailed(resourceOf(step.state), error.error, error.detail)], error);
  }
}

/**
 * Applies Retry, then Catch, to a failure of the state.
 *
 * @returns undefined when neither matches.
 * @throws StateFailure when a field of the catcher cannot be evaluated.
 */
export async function recover(
  step: Step<TaskState | MapState>,
  failure: StateFailure,
): Promise<Transition | undefined> {
  const { state, cursor, environment } = step;
  const retriers = state.Type === 'Task' ? (state.Retry ?? []) : [];
  const index = retriers.findIndex((entry) => matches(entry.ErrorEquals, failure.error));
  const retrier = retriers[index];
  const taken = cursor.retries[index] ?? 0;
  if (!retrier || taken >= retrier.MaxAttempts) return rescue(step, failure);
  const until = environment.now() + retryDelay(retrier, taken, Math.random());
  const retries = retriers.map((_, position) =>
    position === index ? taken + 1 : (cursor.retries[position] ?? 0),
  );
  const change = { phase: { kind: 'waiting' as const, until }, retries, retryCount: cursor.retryCount + 1 };
  return stay(cursor, change, failure.events);
}

async function rescue(
  step: Step<TaskState | MapState>,
  failure: StateFailure,
): Promise<Transition | undefined> {
  const catchers = step.state.Catch ?? [];
  const index = catchers.findIndex((entry) => matches(entry.ErrorEquals, failure.error));
  const catcher = catchers[index];
  if (!catcher) return undefined;
  const output = errorOutput(failure);
  const exit = {
    Assign: catcher.Assign,
    Output: catcher.Output,
    fallback: output,
    next: catcher.Next,
    prefix: `Catch[${index}]/`,
    more: { errorOutput: output },
  };
  return leave(step, exit, failure.events);
}
