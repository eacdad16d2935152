import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();
let alice: { id: string; token: string };
let group: string;
let workflow: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await stack.install(example('word-count'));
  group = await stack.group(workflow, alice.token, 'Group');
});

/** Starts a run with these arguments and returns it after its end. */
async function run(values: Readonly<Record<string, unknown>>) {
  const { json } = await start(stack, group, alice.token, values);
  return stack.ended(json.id, alice.token);
}

describe('the word-count example', () => {
  it('counts and ranks its sample and uploaded texts', async () => {
    expect((await run({})).state).toBe('SUCCESS');
    const text = await fileArgument(stack, group, alice.token, 'One two THREE two\nfour; two, Two\n');
    const folded = await run({ text, shortest: 4 });
    const kept = await run({ text, case: 'keep' });
    expect([folded.state, kept.state]).toEqual(['SUCCESS', 'SUCCESS']);
    const [words] = kept.files.filter(({ name }: { name: string }) => name === 'results/words.tsv');
    const path = `/runs/${kept.id}/downloads/files/${words.id}`;
    const { text: table } = await stack.request('GET', path, { token: alice.token });
    expect(table).toBe('two\t3\nOne\t1\nTHREE\t1\nTwo\t1\nfour\t1\n');

    const leaderboard = `/workflows/${workflow}/leaderboard?includeAll=true`;
    const { json } = await stack.request('GET', leaderboard, { token: alice.token });
    const richness = json.ranking.map(({ results }: { results: { value: number }[] }) => results[0]?.value);
    expect(richness.slice(0, 1)).toEqual([1]);
    expect(richness).toEqual(richness.toSorted((a: number, b: number) => b - a));
    expect(richness).toHaveLength(3);
  });

  it('reports why a text cannot be counted', async () => {
    const text = await fileArgument(stack, group, alice.token, '1 2 3\n');
    expect(await run({ text })).toMatchObject({
      state: 'ERROR',
      messages: [
        'count: the text has no word of 3 letters or more\n',
        expect.stringMatching(/^step '.*' ended with exit code 1$/),
      ],
    });
  });
});
