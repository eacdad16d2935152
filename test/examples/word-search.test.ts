import { beforeAll, describe, expect, it } from 'vitest';
import { resultText, start } from '../end-to-end/install-template.ts';
import { stepsOf } from '../end-to-end/played-run.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();
let token: string;
let workflow: string;
let group: string;

beforeAll(async () => {
  token = (await stack.user('alice')).token;
  workflow = await stack.install(example('word-search'));
  group = await stack.group(workflow, token, 'Group');
});

async function run(word: string) {
  const { json } = await start(stack, group, token, { word });
  return stack.ended(json.id, token);
}

describe('the word-search example', () => {
  it('counts a word in three texts at the same time and ranks it', async () => {
    const ended = await run('Light');
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, ended, 'results/summary.json'))).toEqual({
      least: 1,
      total: 5,
    });
    const steps = await stepsOf(stack.services, ended.id);
    expect(new Set(steps.map(({ taskArn }) => taskArn)).size).toBe(4);
    const [counts, [join]] = [steps.slice(0, 3), steps.slice(3)];
    for (const { finishedAt = '' } of counts) expect(finishedAt <= (join?.startedAt ?? '')).toBe(true);
    const { json } = await stack.request('GET', `/workflows/${workflow}/leaderboard`, { token });
    expect(json.ranking[0].results).toMatchObject([{ value: 1 }, { value: 5 }]);
  });

  it('reports why a word cannot be counted', async () => {
    const { state, messages } = await run('light house');
    expect(state).toBe('ERROR');
    expect(messages).toContain("count: 'light house' is not a word of the letters A to Z\n");
  });
});
