import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import { MAX_CAUSE_CHARACTERS } from './next-step-protocol.ts';
import { MAX_STEPS_OF_TASK, stepContainerName } from './step-container.ts';

export interface StateMachineInput {
  /** Stage of the installation, `[a-z0-9]{1,16}`. */
  readonly stage: string;
  readonly steps: readonly { readonly name: string }[];
  /** ARNs of the functions. */
  readonly functions: { readonly next: string; readonly settle: string };
  readonly roleArn: string;
  readonly cluster: string;
  readonly logging?: StateMachineLogging;
  /** Maximum duration of a whole run. */
  readonly timeoutSeconds: number;
}

interface StateMachineLogging {
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
  readonly logGroupArn: string;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Names of states have at most 80 characters (AWS Step Functions, quotas). */
const MAX_STATE_NAME = 80;
/** 160 bits of SHA-256 in hexadecimal; with a stage of 16 characters a name has at most 66 of 80. */
const HASH_CHARACTERS = 40;

/** The state that calls `next`. asl-validator would confuse a state named `Next` with the field of that name. */
const HUB = 'Next step';

/** Both functions respond in seconds. This is twice the longest time-out of either function. */
const FUNCTION_TIMEOUT_SECONDS = 120;

/**
 * Errors of the Lambda service itself (AWS Step Functions, Handle Lambda service exceptions). A new account can run
 * only few instances, so calls are rejected while others run: 20 attempts of at most 60 s take a quarter of an hour.
 */
const LAMBDA_RETRY = {
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
const NEXT_RETRY = {
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

/** Settling is safe to repeat, so a failed call must not lose the run: 8 attempts take at most 5 min. */
const SETTLE_RETRY = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 8,
  JitterStrategy: 'FULL',
};

/**
 * Compiles the steps of a workflow version to a state machine: a hub that calls `next` for the next action, one named
 * task state for each step, a wait, and `settle` as the only end. The state of a step also runs the steps after it that
 * share its task.
 *
 * The definition contains no text from users except the names of the steps, reduced to letters, digits, blanks and
 * `._-`. JSONata is limited to `$states`, variables, `$exists`, `$string`, `$substring`, comparison, filters and the
 * conditional. Every field that a task may lack is guarded, because an undefined result fails a state (AWS Step
 * Functions, Transforming data with JSONata).
 *
 * @returns The name, which is a hash of everything in the state machine, and the definition as JSON text.
 *   CreateStateMachine silently ignores a changed role for an existing name, so the role is part of the hash.
 * @throws FlowservError 400 if the stage cannot be part of a name.
 */
export function compileStateMachine(input: StateMachineInput): { name: string; definition: string } {
  if (!/^[a-z0-9]{1,16}$/.test(input.stage)) {
    throw invalid('state-machine.stage', `invalid stage '${input.stage}'`);
  }
  const definition = JSON.stringify(stateMachine(input));
  const { logging } = input;
  const logs = logging ? [logging.level, logging.includeExecutionData, logging.logGroupArn] : null;
  const hash = createHash('sha256').update(JSON.stringify([definition, input.roleArn, logs]));
  return { name: `flowserv-${input.stage}-${hash.digest('hex').slice(0, HASH_CHARACTERS)}`, definition };
}

/**
 * Returns the names of the task states. They begin with the position of the step, which makes them unique: no other
 * state begins with a digit.
 */
export function stateNames(steps: readonly { readonly name: string }[]): string[] {
  return steps.map(({ name }, index) => {
    const text = name
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9._-]+/g, ' ')
      .trim();
    return `${index + 1} ${text}`.slice(0, MAX_STATE_NAME).trim();
  });
}

function stateMachine(input: StateMachineInput): JsonObject {
  const names = stateNames(input.steps);
  return {
    QueryLanguage: 'JSONata',
    TimeoutSeconds: input.timeoutSeconds,
    StartAt: 'Start',
    States: {
      Start: {
        Type: 'Pass',
        Assign: { runId: expression('$states.input.runId'), outcome: null },
        Output: {},
        Next: HUB,
      },
      [HUB]: hubState(input),
      Decide: decideState(names),
      Wait: { Type: 'Wait', Seconds: expression('$answer.seconds'), Output: {}, Next: HUB },
      ...Object.fromEntries(names.map((name, step) => [name, stepState(input, step)])),
      Settle: settleState(input),
    },
  };
}

/** Calls `next`. The outcome is delivered once: after a wait the next call has none. */
function hubState(input: StateMachineInput): JsonObject {
  return {
    ...invoke(input.functions.next, {
      runId: expression('$runId'),
      outcome: expression('$outcome'),
      stepsOfTask: MAX_STEPS_OF_TASK,
    }),
    Assign: { answer: expression('$states.result.Payload'), outcome: null },
    Retry: [LAMBDA_RETRY, NEXT_RETRY],
    Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'Settle' }],
    Next: 'Decide',
  };
}

/**
 * A response that matches no case ends the run: `settle` then finds it unfinished and reports that. The conditional
 * replaces `and`; a comparison with a missing field is false.
 */
function decideState(names: readonly string[]): JsonObject {
  const run = names.map((name, step) => ({
    Condition: expression(`$answer.action = 'run' ? $answer.step = ${step} : false`),
    Next: name,
  }));
  const wait = { Condition: expression("$answer.action = 'wait'"), Next: 'Wait' };
  return { Type: 'Choice', Choices: [wait, ...run], Default: 'Settle' };
}

function stepState(input: StateMachineInput, step: number): JsonObject {
  const attempt = { step: expression('$answer.step'), attempt: expression('$answer.attempt') };
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::ecs:runTask.sync',
    TimeoutSeconds: expression('$answer.timeoutSeconds'),
    Arguments: runTask(input),
    Assign: { outcome: { ...attempt, task: stoppedTask(input.steps.length - step) } },
    Output: {},
    Retry: [TASK_RETRY],
    Catch: [
      {
        ErrorEquals: ['States.ALL'],
        Assign: { outcome: { ...attempt, error: caughtError() } },
        Output: {},
        Next: HUB,
      },
    ],
    Next: HUB,
  };
}

/**
 * Settings that a deployment may change, such as subnets, come with the response; an array constructor keeps a list of
 * one element a list. Overrides contain only the ticket and the sizes: they are readable in the history and limited to
 * 8,192 characters in total.
 */
function runTask(input: StateMachineInput): JsonObject {
  const ticket = [{ Name: 'FS_TICKET', Value: expression('$answer.ticket') }];
  return {
    Cluster: input.cluster,
    TaskDefinition: expression('$answer.taskDefinition'),
    // No platform version: an instance has none, and Fargate takes the newest.
    // The weight is 0 by default, with which no task starts. A `next` of an earlier release names no provider.
    CapacityProviderStrategy: [
      { CapacityProvider: guarded('$answer.capacityProvider', "'FARGATE'"), Weight: 1 },
    ],
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: expression('[$answer.network.subnets]'),
        SecurityGroups: expression('[$answer.network.securityGroups]'),
        AssignPublicIp: expression('$answer.network.assignPublicIp'),
      },
    },
    Overrides: {
      Cpu: expression('$answer.cpu'),
      Memory: expression('$answer.memory'),
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

function caughtError(): JsonObject {
  const cause = '$states.errorOutput.Cause';
  return {
    name: guarded('$states.errorOutput.Error', "''"),
    cause: expression(`$exists(${cause}) ? $substring($string(${cause}), 0, ${MAX_CAUSE_CHARACTERS}) : ''`),
  };
}

function settleState(input: StateMachineInput): JsonObject {
  return {
    ...invoke(input.functions.settle, { runId: expression('$runId') }),
    Retry: [SETTLE_RETRY],
    End: true,
  };
}

function invoke(functionArn: string, payload: JsonObject): JsonObject {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    TimeoutSeconds: FUNCTION_TIMEOUT_SECONDS,
    Arguments: { FunctionName: functionArn, Payload: payload },
    Output: {},
  };
}

function guarded(path: string, otherwise: string): string {
  return expression(`$exists(${path}) ? ${path} : ${otherwise}`);
}

function expression(jsonata: string): string {
  return `{% ${jsonata} %}`;
}
