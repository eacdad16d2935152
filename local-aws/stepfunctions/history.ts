import { isJsonObject, type Json } from './json.ts';

/** An event of a transition; the store adds its id and timestamp. */
export interface NewEvent {
  /** One of the API's event types, e.g. `TaskStateEntered`. */
  readonly type: string;
  /** The other members, e.g. `{ stateEnteredEventDetails: {…} }`. */
  readonly details: { readonly [member: string]: Json };
}

const whole = { truncated: false };
const text = (value: Json) => JSON.stringify(value);
const failureDetails = (error: string | undefined, cause: string | undefined): { [key: string]: Json } => ({
  ...(error === undefined ? {} : { error }),
  ...(cause === undefined ? {} : { cause }),
});

/** The service and action of a task, as in the history. */
interface TaskResource {
  readonly resourceType: string;
  readonly resource: string;
}

export const LAMBDA_INVOKE: TaskResource = { resourceType: 'lambda', resource: 'invoke' };
export const ECS_RUN_TASK: TaskResource = { resourceType: 'ecs', resource: 'runTask.sync' };

/*
 * The events of the supported states (Step Functions API reference, HistoryEvent). Values are JSON texts inside JSON,
 * as in the API.
 */

export const executionStarted = (input: Json, roleArn: string): NewEvent => ({
  type: 'ExecutionStarted',
  details: { executionStartedEventDetails: { input: text(input), inputDetails: whole, roleArn } },
});

export const stateEntered = (type: string, name: string, input: Json): NewEvent => ({
  type: `${type}StateEntered`,
  details: { stateEnteredEventDetails: { name, input: text(input), inputDetails: whole } },
});

export function stateExited(
  type: string,
  name: string,
  output: Json,
  assigned?: { [key: string]: Json },
): NewEvent {
  const variables = Object.entries(assigned ?? {}).map(([key, value]) => [key, text(value)]);
  const members =
    variables.length === 0
      ? {}
      : { assignedVariables: Object.fromEntries(variables), assignedVariablesDetails: whole };
  return {
    type: `${type}StateExited`,
    details: { stateExitedEventDetails: { name, output: text(output), outputDetails: whole, ...members } },
  };
}

/** Step Functions sets StartedBy in its calls of ECS, and shows it in the history. */
const withStartedBy = (on: TaskResource, parameters: Json): Json =>
  on === ECS_RUN_TASK && isJsonObject(parameters)
    ? { ...parameters, StartedBy: 'AWS Step Functions' }
    : parameters;

export const taskScheduled = (
  on: TaskResource,
  region: string,
  parameters: Json,
  timeoutInSeconds: number | undefined,
): NewEvent => ({
  type: 'TaskScheduled',
  details: {
    taskScheduledEventDetails: {
      ...on,
      region,
      parameters: text(withStartedBy(on, parameters)),
      ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
    },
  },
});

export const taskStarted = (on: TaskResource): NewEvent => ({
  type: 'TaskStarted',
  details: { taskStartedEventDetails: { ...on } },
});

export const taskSubmitted = (on: TaskResource, output: Json): NewEvent => ({
  type: 'TaskSubmitted',
  details: { taskSubmittedEventDetails: { ...on, output: text(output), outputDetails: whole } },
});

export const taskSucceeded = (on: TaskResource, output: Json): NewEvent => ({
  type: 'TaskSucceeded',
  details: { taskSucceededEventDetails: { ...on, output: text(output), outputDetails: whole } },
});

export const taskFailed = (
  on: TaskResource,
  error: string | undefined,
  cause: string | undefined,
): NewEvent =>
  error === 'States.Timeout'
    ? {
        type: 'TaskTimedOut',
        details: { taskTimedOutEventDetails: { ...on, ...failureDetails(error, cause) } },
      }
    : { type: 'TaskFailed', details: { taskFailedEventDetails: { ...on, ...failureDetails(error, cause) } } };

export const evaluationFailed = (
  state: string,
  location: string,
  error: string | undefined,
  cause: string | undefined,
): NewEvent => ({
  type: 'EvaluationFailed',
  details: { evaluationFailedEventDetails: { state, location, ...failureDetails(error, cause) } },
});

export const mapStarted = (length: number): NewEvent => ({
  type: 'MapStateStarted',
  details: { mapStateStartedEventDetails: { length } },
});

export const mapSucceeded: NewEvent = { type: 'MapStateSucceeded', details: {} };
export const mapFailed: NewEvent = { type: 'MapStateFailed', details: {} };

/** An event of one item of a Map state. */
export const mapIteration = (
  how: 'Started' | 'Succeeded' | 'Failed' | 'Aborted',
  name: string,
  index: number,
): NewEvent => ({
  type: `MapIteration${how}`,
  details: { [`mapIteration${how}EventDetails`]: { name, index } },
});

export const executionSucceeded = (output: Json): NewEvent => ({
  type: 'ExecutionSucceeded',
  details: { executionSucceededEventDetails: { output: text(output), outputDetails: whole } },
});

/** The event of an execution that ends without an output. */
export const executionEnded = (
  how: 'Failed' | 'Aborted' | 'TimedOut',
  error: string | undefined,
  cause: string | undefined,
): NewEvent => ({
  type: `Execution${how}`,
  details: { [`execution${how}EventDetails`]: failureDetails(error, cause) },
});
