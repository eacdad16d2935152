import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const hasR = spawnSync('Rscript', ['--version']).status === 0;

describe.skipIf(!hasR)('the forecast example', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  let workflow: string;
  let group: string;
  beforeAll(async () => {
    alice = await stack.user('alice');
    workflow = await stack.install(example('forecast'));
    group = await stack.group(workflow, alice.token, 'Group');
  });
  const run = async (values: Readonly<Record<string, unknown>>) => {
    const { json } = await start(stack, group, alice.token, values);
    return stack.ended(json.id, alice.token);
  };
  const leaderboard = async () => (await stack.request('GET', `/workflows/${workflow}/leaderboard`)).json;

  it('ranks forecasts by programs in R, and lists them', async () => {
    expect(await run({})).toMatchObject({ state: 'SUCCESS' });
    const { ranking } = await leaderboard();
    expect(ranking[0].results).toMatchObject([{ value: 400 }, { value: 'Jul' }]);
    await expect.poll(async () => (await leaderboard()).postproc?.state, { timeout: 20_000 }).toBe('SUCCESS');
    const { postproc } = await leaderboard();
    const file = postproc.files.find(({ name }: { name: string }) => name === 'results/summary.csv');
    const { text } = await stack.request('GET', `/workflows/${workflow}/downloads/files/${file.id}`);
    expect(text).toBe('"group","error","worst"\n"Group",400,"Jul"\n');
  });

  it('tells what is wrong with a forecast, without the observations', async () => {
    const forecast = await fileArgument(stack, group, alice.token, 'month,visitors\nJan,12\n');
    const { state, messages } = await run({ forecast });
    expect(state).toBe('ERROR');
    expect(messages.join()).toMatch(/ended with exit code 1/);
    expect(messages.join()).not.toContain('Feb');
  });
});
