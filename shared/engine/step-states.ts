import { MAX_CAUSE_CHARACTERS } from './next-step-protocol.ts';
import type { StateMachineInput } from './state-machine-input.ts';
import { MAX_STEPS_OF_TASK, stepContainerName } from './step-container.ts';

/** States of which a state machine has several, and parts of states. */

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** Names of the variables with the last response of `next` and the outcome of the last task. */
export interface Variables {
  readonly answer: string;
  readonly outcome: string;
}
export const OUTER: Variables = { answer: 'answer', outcome: 'outcome' };
/** The states of a Map can read the variables around it, but need other names for their own. */
export const INNER: Variables = { answer: 'memberAnswer', outcome: 'memberOutcome' };

/** Both functions respond in seconds. This is twice the longest time-out of either function. */
const FUNCTION_TIMEOUT_SECONDS = 120;

/**
 * Errors of the Lambda service itself (AWS Step Functions, Handle Lambda service exceptions). A new account can run
 * only few instances, so calls are rejected while others run: 20 attempts of at most 60 s take a quarter of an hour.
 */
export const LAMBDA_RETRY = {
  ErrorEquals: [
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 20,
  JitterStrategy: 'FULL',
};

/**
 * `next` is safe to repeat, so a call that failed, such as by an error of the table, must not end the run: 4 attempts
 * take at most 30 s.
 */
export const NEXT_RETRY = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 4,
  JitterStrategy: 'FULL',
};

/**
 * Only errors that mean "not started, try again" under an exact name: 8 attempts at x2 from 5 s and at most 120 s take
 * at most 10 min. All other errors go to `next`, which knows the run.
 */
const TASK_RETRY = {
  ErrorEquals: ['ECS.ThrottlingException', 'ECS.ServerException', 'ECS.SdkClientException'],
  IntervalSeconds: 5,
  BackoffRate: 2,
  MaxDelaySeconds: 120,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

export const waitState = ({ answer }: Variables, hub: string): JsonObject => ({
  Type: 'Wait',
  Seconds: expression(`$${answer}.seconds`),
  Output: {},
  Next: hub,
});

/** @param steps number of steps that the task may run */
export function stepState(
  input: StateMachineInput,
  { answer, outcome }: Variables,
  hub: string,
  steps: number,
): JsonObject {
  const attempt = { step: expression(`$${answer}.step`), attempt: expression(`$${answer}.attempt`) };
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    TimeoutSeconds: expression(`$${answer}.timeoutSeconds`),
    Arguments: runTask(input, answer),
    Assign: { [outcome]: { ...attempt, task: stoppedTask(steps) } },
    Output: {},
    Retry: [TASK_RETRY],
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: { [outcome]: { ...attempt, error: caughtError() } },
        Output: {},
        Next: hub,
      },
    ],
    Next: hub,
  };
}

/**
 * Settings that a deployment may change, such as subnets, come with the response; an array constructor keeps a list of
 * one element a list. Overrides contain only the ticket and the sizes: they are readable in the history and limited to
 * 8,192 characters in total.
 */
function runTask(input: StateMachineInput, answer: string): JsonObject {
  const ticket = [{ Name: 'FS_TICKET', Value: expression(`$${answer}.ticket`) }];
  return {
    Cluster: input.cluster,
    TaskDefinition: expression(`$${answer}.taskDefinition`),
    // No platform version: an instance has none, and Fargate takes the newest.
    // The weight is 0 by default, with which no task starts. A `next` of an earlier release names no provider.
    CapacityProviderStrategy: [
      { CapacityProvider: guarded(`$${answer}.capacityProvider`, "'FARGATE'"), Weight: 1 },
    ],
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: expression(`[$${answer}.network.subnets]`),
        SecurityGroups: expression(`[$${answer}.network.securityGroups]`),
        AssignPublicIp: expression(`$${answer}.network.assignPublicIp`),
      },
    },
    Overrides: {
      Cpu: expression(`$${answer}.cpu`),
      Memory: expression(`$${answer}.memory`),
      ContainerOverrides: [
        { Name: 'stage', Environment: ticket },
        { Name: 'warden', Environment: ticket },
      ],
    },
  };
}

/**
 * The fields of the stopped task that `next` needs. A container that never ran has no exit code and no digest. The
 * steps of a task have the same image.
 *
 * @param steps number of steps from the first one of the task to the last one of the workflow
 */
function stoppedTask(steps: number): JsonObject {
  const containers = Array.from({ length: Math.min(steps, MAX_STEPS_OF_TASK) }, (_, position) => {
    return `$states.result.Containers[Name='${stepContainerName(position)}']`;
  });
  const [step, ...later] = containers;
  return {
    taskArn: guarded('$states.result.TaskArn', "''"),
    stopCode: guarded('$states.result.StopCode', "''"),
    stoppedReason: guarded('$states.result.StoppedReason', "''"),
    exitCode: guarded(`${step}.ExitCode`, '-1'),
    imageDigest: guarded(`${step}.ImageDigest`, "''"),
    reason: guarded(`${step}.Reason`, "''"),
    later: later.map((container) => ({
      exitCode: guarded(`${container}.ExitCode`, '-1'),
      reason: guarded(`${container}.Reason`, "''"),
    })),
  };
}

/** An error as part of an outcome. */
export function caughtError(): JsonObject {
  const cause = '$states.errorOutput.Cause';
  return {
    name: guarded('$states.errorOutput.Error', "''"),
    cause: expression(`$exists(${cause}) ? $substring($string(${cause}), 0, ${MAX_CAUSE_CHARACTERS}) : ''`),
  };
}

export function invoke(
  functionArn: string,
  payload: JsonObject,
  seconds = FUNCTION_TIMEOUT_SECONDS,
): JsonObject {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    TimeoutSeconds: seconds,
    Arguments: { FunctionName: functionArn, Payload: payload },
    Output: {},
  };
}

export function guarded(path: string, otherwise: string): string {
  return expression(`$exists(${path}) ? ${path} : ${otherwise}`);
}

export function expression(jsonata: string): string {
  return `{% ${jsonata} %}`;
}
