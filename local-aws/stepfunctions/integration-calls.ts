import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { StateFailure } from './failure.ts';
import type { Integrations } from './integrations.ts';
import { type Json, toJson } from './json.ts';

/** The calls of Task states, with results and errors in the form that a state machine receives. */

const invokeArguments = z.object({ FunctionName: z.string(), Payload: z.unknown().optional() });

const functionError = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).readonly().default([]),
});

/**
 * `lambda:invoke` (AWS Step Functions developer guide, "Invoke an AWS Lambda function").
 *
 * @returns the Invoke response with the function's result in `Payload`.
 * @throws StateFailure with the function's error type, or `Lambda.<name>` for an error of the service.
 */
export async function invokeLambda(
  integrations: Integrations,
  taskArguments: Json,
  signal: AbortSignal,
): Promise<Json> {
  const parsed = invokeArguments.safeParse(taskArguments);
  if (!parsed.success) throw new StateFailure('States.Runtime', 'FunctionName must be a string');
  const { FunctionName, Payload = {} } = parsed.data;
  try {
    const payload = toJson(await integrations.invokeFunction(FunctionName, Payload, signal));
    return {
      ExecutedVersion: '$LATEST',
      Payload: payload,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: randomUUID() },
      StatusCode: 200,
    };
  } catch (error) {
    const failed = functionError.safeParse(error);
    if (failed.success) throw new StateFailure(failed.data.errorType, JSON.stringify(failed.data));
    throw serviceFailure('Lambda', error);
  }
}

/** A token for one attempt of one state entry: 43 characters; RunTask accepts 64 (Amazon ECS API reference). */
export const attemptToken = (executionArn: string, enteredEvent: number, attempt: number) =>
  createHash('sha256').update(`${executionArn}#${enteredEvent}#${attempt}`).digest('base64url');

/** @throws StateFailure `AmazonECS.Unknown` or `ECS.<name>`. */
export async function startEcsTask(
  integrations: Integrations,
  taskArguments: Json,
  token: string,
): Promise<string> {
  try {
    return (await integrations.startTask(taskArguments, token)).taskArn;
  } catch (error) {
    throw serviceFailure('ECS', error);
  }
}

const stoppedTask = z.looseObject({
  TaskDefinitionArn: z.string().optional(),
  StopCode: z.string().optional(),
  Containers: z.array(z.looseObject({ Name: z.string(), ExitCode: z.number().nullish() })).default([]),
});

/**
 * Waits for a task to stop. The state fails if an essential container has no exit code 0, or if the task did not start.
 * Other containers do not matter.
 *
 * @returns the Task object.
 * @throws StateFailure `States.TaskFailed` with the Task object as JSON in its cause; `ECS.<name>`.
 */
export async function awaitEcsTask(
  integrations: Integrations,
  taskArn: string,
  signal: AbortSignal,
): Promise<Json> {
  try {
    const task = toJson(await integrations.waitForTask(taskArn, signal));
    if (await hasFailed(integrations, task))
      throw new StateFailure('States.TaskFailed', JSON.stringify(task));
    return task;
  } catch (error) {
    throw serviceFailure('ECS', error);
  }
}

async function hasFailed(integrations: Integrations, value: Json): Promise<boolean> {
  const task = stoppedTask.parse(value);
  if (task.StopCode === 'TaskFailedToStart') return true;
  const unclean = task.Containers.filter((container) => container.ExitCode !== 0).map(({ Name }) => Name);
  if (unclean.length === 0) return false;
  const essential = await integrations.essentialContainers(task.TaskDefinitionArn ?? '');
  return unclean.some((name) => essential.includes(name));
}

/** Names of JavaScript errors. With one of them, the call did not reach the service: the SDK's client exception. */
const PLAIN_ERRORS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'AbortError',
]);

function serviceFailure(service: 'Lambda' | 'ECS', error: unknown): StateFailure {
  if (error instanceof StateFailure) return error;
  const { name, message } = z
    .object({ name: z.string().catch('Error'), message: z.string().catch('unknown error') })
    .catch({ name: 'Error', message: String(error) })
    .parse(error);
  if (name === 'AmazonECS.Unknown' || name.startsWith(`${service}.`)) return new StateFailure(name, message);
  return new StateFailure(`${service}.${PLAIN_ERRORS.has(name) ? 'SdkClientException' : name}`, message);
}
