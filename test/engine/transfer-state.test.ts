import { parseStateMachine } from '@flowserv/local-aws';
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { nextStepAnswerSchema, nextStepRequestSchema } from '../../shared/engine/next-step-protocol.ts';
import { compileStateMachine } from '../../shared/engine/state-machine.ts';
import { evaluate, HUB, INPUT, statesOf } from './evaluated-states.ts';

const input = {
  ...INPUT,
  functions: { ...INPUT.functions, transfer: 'arn:aws:lambda:eu-west-1:1:function:t' },
};
const states = statesOf(input);
const answer = nextStepAnswerSchema.parse({ action: 'transfer', phase: 'after', step: 1, attempt: 2 });
const anything = z.record(z.string(), z.unknown());

async function outcomeOf(assign: unknown, more: object) {
  const { outcome } = anything.parse(await evaluate(assign, { answer, states: more }));
  return nextStepRequestSchema.parse({ runId: 'r', outcome }).outcome;
}

describe('the state for transfers', () => {
  it('exists only in the state machines of workflows that use storage volumes', () => {
    const { definition } = compileStateMachine(input);
    expect(validate(anything.parse(JSON.parse(definition))).errorsText()).toBe('');
    expect(parseStateMachine(definition)).toMatchObject({ QueryLanguage: 'JSONata' });
    expect(statesOf(INPUT)).not.toHaveProperty('Transfer');
    expect(compileStateMachine(INPUT).definition).not.toContain('transfer');
  });

  it('is reached by its action, and tells next that it exists', async () => {
    const { Payload } = z.object({ Payload: z.unknown() }).parse(states[HUB]?.Arguments);
    expect(await evaluate(Payload, { runId: 'r', outcome: null })).toMatchObject({ transfers: true });
    const choices = z
      .object({ Choices: z.array(z.object({ Condition: z.string(), Next: z.string() })) })
      .parse(states.Decide).Choices;
    const taken: string[] = [];
    for (const { Condition, Next } of choices) if (await evaluate(Condition, { answer })) taken.push(Next);
    expect(taken).toEqual(['Transfer']);
  });

  it('passes on the request, and reports success, failures and errors', async () => {
    const { Payload } = z.object({ Payload: z.unknown() }).parse(states.Transfer?.Arguments);
    const request = { runId: 'r', phase: 'after', step: 1, attempt: 2 };
    expect(await evaluate(Payload, { runId: 'r', answer })).toEqual(request);
    const ended = (payload: object) => outcomeOf(states.Transfer?.Assign, { result: { Payload: payload } });
    const transfer = { phase: 'after', failure: '', permanent: false };
    expect(await ended({ failure: '', permanent: false })).toEqual({ step: 1, attempt: 2, transfer });
    const failure = { failure: 'full', permanent: true };
    expect(await ended(failure)).toMatchObject({ transfer: { phase: 'after', ...failure } });
    const [caught] = z.array(z.object({ Assign: z.unknown() })).parse(states.Transfer?.Catch);
    const error = { Error: 'Lambda.Unknown', Cause: 'timed out' };
    expect(await outcomeOf(caught?.Assign, { errorOutput: error })).toEqual({
      ...{ step: 1, attempt: 2, transfer },
      error: { name: 'Lambda.Unknown', cause: 'timed out' },
    });
  });
});
