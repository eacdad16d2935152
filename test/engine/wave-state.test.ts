import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { nextStepAnswerSchema, nextStepRequestSchema } from '../../shared/engine/next-step-protocol.ts';
import { evaluate, HUB, INPUT, response, stateMachineSchema, statesOf, TASK } from './evaluated-states.ts';

const stepState = statesOf(INPUT)['2 score'];

describe('the state machine of a parallel workflow', () => {
  const { [HUB]: hub, Decide, Wave, ...others } = statesOf({ ...INPUT, parallel: true });
  const inner = z
    .object({ ItemProcessor: stateMachineSchema, Items: z.string(), Next: z.string() })
    .parse(Wave).ItemProcessor;
  const argumentsOf = z.object({ Payload: z.unknown() });

  it('has one more state, and tells next that it can run waves', async () => {
    const { [HUB]: _, Decide: __, ...serial } = statesOf(INPUT);
    expect(others).toEqual(serial);
    const payload = await evaluate(argumentsOf.parse(hub?.Arguments).Payload, { runId: 'r1', outcome: null });
    expect(nextStepRequestSchema.parse(payload)).toMatchObject({ waves: true });
    expect(statesOf({ ...INPUT, parallel: false })).toEqual(statesOf(INPUT));
  });

  it('gives each step of a wave to a member, also if it is the only one', async () => {
    const choices = z.object({ Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })) });
    for (const steps of [[{ step: 1 }], [{ step: 0 }, { step: 1 }]]) {
      const answer = nextStepAnswerSchema.parse({ action: 'wave', steps });
      const taken = choices
        .parse(Decide)
        .Choices.map(async ({ Condition, Next }) =>
          (await evaluate(Condition, { answer })) === true ? [Next] : [],
        );
      expect((await Promise.all(taken)).flat()).toEqual(['Wave']);
      expect(await evaluate(z.object({ Items: z.string() }).parse(Wave).Items, { answer })).toEqual(steps);
    }
  });

  it('asks next about the step of the member, and starts its task', async () => {
    const begun = await evaluate(inner.States[inner.StartAt]?.Assign, { states: { input: { step: 1 } } });
    const variables = { runId: 'r1', ...z.record(z.string(), z.unknown()).parse(begun) };
    const ask = inner.States['Next for step'];
    const payload = await evaluate(argumentsOf.parse(ask?.Arguments).Payload, variables);
    expect(nextStepRequestSchema.parse(payload)).toEqual({ runId: 'r1', outcome: null, member: 1 });
    const run = inner.States['Run step'];
    const own = await evaluate(run?.Arguments, { memberAnswer: response });
    expect(own).toEqual(await evaluate(stepState?.Arguments, { answer: response }));
    const assigned = await evaluate(run?.Assign, { memberAnswer: response, states: { result: TASK } });
    const outcome = z.object({ memberOutcome: z.unknown() }).parse(assigned).memberOutcome;
    expect(nextStepRequestSchema.parse({ runId: 'r1', member: 1, outcome })).toMatchObject({
      outcome: { step: 1, attempt: 2, task: { exitCode: 3, later: [] } },
    });
  });

  it.each([
    ['run', 'Run step'],
    ['wait', 'Wait for step'],
    ['failed', 'Step failed'],
    ['done', 'Step ended'],
  ])('follows the response %s of a member to the state %s', async (action, expected) => {
    const choice = z.object({
      Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })),
      Default: z.string(),
    });
    const { Choices, Default } = choice.parse(inner.States['Decide for step']);
    const taken: string[] = [];
    for (const { Condition, Next } of Choices) {
      if ((await evaluate(Condition, { memberAnswer: { action } })) === true) taken.push(Next);
    }
    expect(taken[0] ?? Default).toBe(expected);
  });
});
