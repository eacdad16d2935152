import { createHash } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { StateMachineInput } from './state-machine-input.ts';
import { MAX_STEPS_OF_TASK } from './step-container.ts';
import {
  expression,
  invoke,
  type JsonObject,
  LAMBDA_RETRY,
  NEXT_RETRY,
  OUTER,
  stepState,
  waitState,
} from './step-states.ts';
import { TRANSFER, transferState } from './transfer-state.ts';
import { WAVE, waveState } from './wave-state.ts';

/** Names of states have at most 80 characters (AWS Step Functions, quotas). */
const MAX_STATE_NAME = 80;
/** 160 bits of SHA-256 in hexadecimal; with a stage of 16 characters a name has at most 66 of 80. */
const HASH_CHARACTERS = 40;

/** The state that calls `next`. asl-validator would confuse a state named `Next` with the field of that name. */
const HUB = 'Next step';

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
 * share its task. A workflow that uses storage volumes has a state that calls `transfer`, a parallel one a Map state for the steps of a wave, each with the same states as outside.
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
  const { transfer } = input.functions;
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
      Decide: decideState(names, input),
      Wait: waitState(OUTER, HUB),
      ...Object.fromEntries(
        names.map((name, step) => [name, stepState(input, OUTER, HUB, input.steps.length - step)]),
      ),
      ...(transfer !== undefined && { [TRANSFER]: transferState(transfer, HUB) }),
      ...(input.parallel && { [WAVE]: waveState(input, HUB) }),
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
      ...(input.parallel && { waves: true }),
      ...(input.functions.transfer !== undefined && { transfers: true }),
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
function decideState(names: readonly string[], { parallel, functions }: StateMachineInput): JsonObject {
  const run = names.map((name, step) => ({
    Condition: expression(`$answer.action = 'run' ? $answer.step = ${step} : false`),
    Next: name,
  }));
  const wait = { Condition: expression("$answer.action = 'wait'"), Next: 'Wait' };
  const wave = { Condition: expression("$answer.action = 'wave'"), Next: WAVE };
  const transfer = { Condition: expression("$answer.action = 'transfer'"), Next: TRANSFER };
  const others = [...(functions.transfer === undefined ? [] : [transfer]), ...(parallel ? [wave] : [])];
  return { Type: 'Choice', Choices: [wait, ...others, ...run], Default: 'Settle' };
}

function settleState(input: StateMachineInput): JsonObject {
  return {
    ...invoke(input.functions.settle, { runId: expression('$runId') }),
    Retry: [SETTLE_RETRY],
    End: true,
  };
}
