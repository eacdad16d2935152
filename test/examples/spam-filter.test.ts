import { beforeAll, describe, expect, it } from 'vitest';
import { start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();
let alice: { id: string; token: string };
let group: string;
let workflow: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await stack.install(example('spam-filter'));
  group = await stack.group(workflow, alice.token, 'Group');
});

const filterOf = (...commands: readonly string[]) => ({ environment: 'alpine:3.20', commands });

/** Runs a filter and returns the ended run. */
async function run(filter: unknown, values: Readonly<Record<string, unknown>> = {}) {
  const { json } = await start(stack, group, alice.token, { filter, ...values });
  return stack.ended(json.id, alice.token);
}

describe('the spam-filter example', () => {
  it('G26: scores and ranks a step that a participant supplies', async () => {
    const words = `sed -E 's/.*(free|prize|Cheap|password).*/spam/; t; s/.*/ham/' work/messages.txt > work/labels.txt`;
    expect((await run(['container', filterOf(words)])).state).toBe('SUCCESS');
    const { json } = await stack.request('GET', `/workflows/${workflow}/leaderboard`, { token: alice.token });
    const [best] = json.ranking;
    expect(best.results.map(({ value }: { value: unknown }) => value)).toEqual([0.75, 1, 2, 12]);
  });

  it('ignores changes of the scorer, the messages and the scores by a filter', async () => {
    const cheat = filterOf(
      'printf "#!/bin/sh\\necho {} > results/scores.json\\n" > code/score.sh',
      'mkdir data; printf "ham\\tx\\n" > data/messages.tsv',
      'echo "{\\"accuracy\\": 1, \\"missed\\": 0, \\"lost\\": 0, \\"messages\\": 99}" > results/scores.json',
      "sed 's/.*/ham/' work/messages.txt > work/labels.txt",
    );
    const { state, id } = await run(cheat);
    expect(state).toBe('SUCCESS');
    const all = `/workflows/${workflow}/leaderboard?includeAll=true`;
    const { json } = await stack.request('GET', all, { token: alice.token });
    const entry = json.ranking.find((one: { run: { id: string } }) => one.run.id === id);
    expect(entry.results.map(({ value }: { value: unknown }) => value)).toEqual([0.583333, 5, 0, 12]);
  });

  it.each([
    ['no labels', 'true', 10],
    ['too few labels', 'echo ham > work/labels.txt', 11],
    ['extra columns', `printf 'ham\\nham\\tham\\nham\\nham\\nham\\n' > work/labels.txt`, 12],
  ])('reports %s by the exit code', async (_what, command, code) => {
    const { state, messages } = await run(filterOf(command), { part: 'few' });
    expect(state).toBe('ERROR');
    expect(messages).toEqual([
      `step 'score' ended with exit code ${code}; the output of this step is private`,
    ]);
  });

  it('hides the correct labels from a filter', async () => {
    const search = 'find . -type f | sort; grep -rc . data code/../data || echo none';
    const { state, messages } = await run(filterOf(search, 'exit 1'));
    expect(state).toBe('ERROR');
    expect(messages[0]).toBe('./code/prepare.sh\n./code/score.sh\n./work/messages.txt\nnone\n');
  });

  it('rejects a run without a filter', async () => {
    const { status, json } = await start(stack, group, alice.token, {});
    expect([status, json.message]).toEqual([400, "missing argument for 'filter'"]);
  });
});
