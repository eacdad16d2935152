import { beforeAll, describe, expect, it } from 'vitest';
import { resultText, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

describe('the line-fit example', () => {
  it('ranks lines by the result of a function', async () => {
    const workflow = await stack.install(example('line-fit'));
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token, { slope: 2 });
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, run, 'results/fit.json'))).toEqual({ rmse: 1, worst: 1 });
    expect(await resultText(stack, run, 'results/summary.txt')).toBe('y = 2.0 x + 0.0 has the error 1.0\n');
    const { json: leaderboard } = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
    expect(leaderboard.ranking[0].results[0]).toMatchObject({ name: 'rmse', value: 1 });
  });
});
