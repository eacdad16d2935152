import { beforeAll, describe, expect, it } from 'vitest';
import { cliWith } from '../bin/run-cli.ts';
import { fileArgument, installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const TEMPLATE = `parameters:
  - {name: data, dtype: file, target: data.txt}
  - {name: score, dtype: float}
workflow:
  files: {outputs: [result.json, copy.txt]}
  steps:
    - name: copy
      action:
        environment: python:3.9
        commands: ['cp data.txt copy.txt; echo "{\\"score\\": $[[score]]}" > result.json']
${SCORES}`;

describe('the difference of two runs', () => {
  const stack = useStack({ check: 'faults' });
  let alice = '';
  let bob = '';
  let group = '';
  const runs: string[] = [];

  const run = async (at: string, token: string, content: string, score: number): Promise<string> => {
    const data = await fileArgument(stack, at, token, content);
    const { json } = await start(stack, at, token, { data, score });
    const ended = await stack.ended(json.id, token);
    expect(ended.state).toBe('SUCCESS');
    return ended.id;
  };
  const diff = (first: string, second: string, token = alice) =>
    stack.request('GET', `/runs/${first}/diff/${second}`, { token });

  beforeAll(async () => {
    alice = (await stack.user('alice')).token;
    bob = (await stack.user('bob')).token;
    await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
    group = await stack.group('W', alice, 'Alice');
    runs.push(await run(group, alice, 'one\n', 1), await run(group, alice, 'two!\n', 2));
  });

  it('lists arguments, files and values that differ', async () => {
    const [first = '', second = ''] = runs;
    const { status, json } = await diff(first, second);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      first: { id: first, state: 'SUCCESS', workflowId: 'W', groupId: group },
      second: { id: second },
      sameVersion: true,
      arguments: [
        { name: 'data', first: { file: 'file.txt', size: 4 }, second: { file: 'file.txt', size: 5 } },
        { name: 'score', first: 1, second: 2 },
      ],
      images: [],
      files: [
        { name: 'result.json', first: { size: 15 }, second: { size: 15 } },
        { name: 'copy.txt', first: { size: 4 }, second: { size: 5 } },
      ],
      results: [{ name: 'score', first: 1, second: 2 }],
      omitted: 0,
    });
  });

  it('is empty for a run and itself, and for two runs with the same input', async () => {
    const [first = ''] = runs;
    const again = await run(group, alice, 'one\n', 1);
    for (const other of [first, again]) {
      const { json } = await diff(first, other);
      expect([json.arguments, json.files, json.results]).toEqual([[], [], []]);
    }
  });

  it('names a deleted upload by its content only', async () => {
    const data = await fileArgument(stack, group, alice, 'three\n');
    const { json } = await start(stack, group, alice, { data, score: 3 });
    await stack.ended(json.id, alice);
    await stack.request('DELETE', `/uploads/${group}/files/${data.value.fileId}`, { token: alice });
    const [change] = (await diff(json.id, runs[0] ?? '')).json.arguments;
    expect(change).toMatchObject({
      name: 'data',
      first: { file: null, size: 6 },
      second: { file: 'file.txt' },
    });
  });

  it('compares runs of different groups only for those who may read both', async () => {
    const [first = ''] = runs;
    const other = await run(await stack.group('W', bob, 'Bob'), bob, 'x\n', 1);
    for (const [a, b] of [
      [first, other],
      [other, first],
    ] as const) {
      for (const token of [alice, bob]) {
        const { status, json } = await diff(a, b, token);
        expect([status, json.message]).toEqual([403, 'not authorized']);
      }
    }
  });

  it('does not find unknown runs and malformed ids', async () => {
    const [first = ''] = runs;
    for (const id of ['0'.repeat(32), 'a-b', 'x'.repeat(33)]) {
      expect((await diff(first, id)).json).toMatchObject({ code: 'run.unknown' });
      expect((await diff(id, first)).status).toBe(404);
    }
  });

  it('is a table on the command line, or JSON', async () => {
    const [first = '', second = ''] = runs;
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: alice });
    const { code, stdout } = await flowserv(`runs diff ${first} ${second}`);
    const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' ').trim());
    expect(code).toBe(0);
    expect(lines[0]).toBe(`What | Name | ${first} | ${second}`);
    expect(lines.slice(2, 4)).toEqual([
      expect.stringMatching(/^argument \| data \| file\.txt \(\w{12}\) \| file\.txt \(\w{12}\)$/),
      'argument | score | 1 | 2',
    ]);
    expect(lines[5]).toMatch(/^file \| copy\.txt \| 4 bytes \(\w{12}\) \| 5 bytes \(\w{12}\)$/);
    const json = JSON.parse((await flowserv(`runs diff ${first} ${second} --json`)).stdout);
    expect(json.results).toEqual([{ name: 'score', first: 1, second: 2 }]);
    expect((await flowserv(`runs diff ${first} ${first}`)).stdout).toBe(
      'Arguments, images, files and values are the same.\n',
    );
    expect(await flowserv(`runs diff ${first} unknown`)).toMatchObject({
      code: 1,
      stderr: "error: unknown run 'unknown'\n",
    });
  });
});
