import type { StateMachineInput } from './state-machine-input.ts';
import {
  expression,
  INNER,
  invoke,
  type JsonObject,
  LAMBDA_RETRY,
  NEXT_RETRY,
  stepState,
  waitState,
} from './step-states.ts';

/** The state that runs the steps of a wave at the same time, and the states that each of them passes through. */
export const WAVE = 'Wave';
const MEMBER = {
  start: 'Step of wave',
  hub: 'Next for step',
  decide: 'Decide for step',
  wait: 'Wait for step',
  run: 'Run step',
  ended: 'Step ended',
  failed: 'Step failed',
};

/**
 * Runs the steps of a wave at the same time. When a step failed, Step Functions aborts the others and stops their tasks
 * (AWS Step Functions, "Run a job"), and `settle` ends the run by the records of its steps.
 */
export function waveState(input: StateMachineInput, hub: string): JsonObject {
  return {
    Type: 'Map',
    Items: expression('[$answer.steps]'),
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: MEMBER.start,
      States: memberStates(input),
    },
    Output: {},
    Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'Settle' }],
    Next: hub,
  };
}

function memberStates(input: StateMachineInput): JsonObject {
  const { answer, outcome } = INNER;
  const choice = (action: string, next: string) => ({
    Condition: expression(`$${answer}.action = '${action}'`),
    Next: next,
  });
  return {
    [MEMBER.start]: {
      Type: 'Pass',
      Assign: { member: expression('$states.input.step'), [outcome]: null },
      Output: {},
      Next: MEMBER.hub,
    },
    [MEMBER.hub]: {
      ...invoke(input.functions.next, {
        runId: expression('$runId'),
        outcome: expression(`$${outcome}`),
        member: expression('$member'),
      }),
      Assign: { [answer]: expression('$states.result.Payload'), [outcome]: null },
      Retry: [LAMBDA_RETRY, NEXT_RETRY],
      Next: MEMBER.decide,
    },
    [MEMBER.decide]: {
      Type: 'Choice',
      Choices: [choice('run', MEMBER.run), choice('wait', MEMBER.wait), choice('failed', MEMBER.failed)],
      Default: MEMBER.ended,
    },
    [MEMBER.wait]: waitState(INNER, MEMBER.hub),
    [MEMBER.run]: stepState(input, INNER, MEMBER.hub, 1),
    [MEMBER.ended]: { Type: 'Succeed', Output: {} },
    [MEMBER.failed]: { Type: 'Fail', Error: 'StepFailed' },
  };
}
