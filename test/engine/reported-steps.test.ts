import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { nextStepRequestSchema } from '../../shared/engine/next-step-protocol.ts';
import { container, evaluate, INPUT, response, statesOf, TASK } from './evaluated-states.ts';

describe('the state of a task', () => {
  it('reports the containers of the later steps that a task can have', async () => {
    const later = async (name: string) => {
      const result = {
        ...TASK,
        Containers: [...TASK.Containers, container('step1', { ExitCode: 4, Reason: 'why' })],
      };
      const assigned = await evaluate(statesOf(INPUT)[name]?.Assign, {
        answer: response,
        states: { result },
      });
      const { outcome } = nextStepRequestSchema.parse({
        runId: 'r1',
        ...z.object({ outcome: z.unknown() }).parse(assigned),
      });
      return outcome?.task?.later;
    };
    expect(await later('1 prepare data')).toEqual([{ exitCode: 4, reason: 'why' }]);
    expect(await later('2 score')).toEqual([]);
  });

  it('reports containers that never ran without an exit code, of at most eight steps', async () => {
    const steps = Array.from({ length: 10 }, (_, index) => ({ name: `s${index}` }));
    const assign = statesOf({ ...INPUT, steps })['1 s0']?.Assign;
    const assigned = await evaluate(assign, { answer: response, states: { result: TASK } });
    expect(assigned).toMatchObject({
      outcome: { task: { later: Array.from({ length: 7 }, () => ({ exitCode: -1, reason: '' })) } },
    });
  });
});
