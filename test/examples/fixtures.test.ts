import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { folderOf, layOutRuns, prepareRun, removeRunFolders } from './benchmark-folder.ts';

const HW = 'test/fixtures/hello-world';
const HWP = 'test/fixtures/hello-world-postproc';

afterEach(removeRunFolders);

describe('the fixture HW', () => {
  it('is the hello-world benchmark of the conformance cases', async () => {
    const { template, ...source } = await readSource(folderOf(HW));

    expect(source).toMatchObject({ name: 'Hello World', description: expect.any(String) });
    expect(source.instructions).not.toBeNull();
    expect(template.parameters.map(({ name, dtype, isRequired }) => [name, dtype, isRequired])).toEqual([
      ['names', 'file', true],
      ['sleeptime', 'int', false],
      ['greeting', 'string', false],
    ]);
    expect(template.parameterGroups?.map((group) => group.name)).toEqual(['main']);
    expect(template.outputs).toBeUndefined();
    expect(template.postproc).toBeUndefined();
    expect(template.results?.file).toBe('results/analytics.json');
  });

  it('greets and measures', async () => {
    const run = await prepareRun(HW, 'template.yaml', {
      names: 'data/names.txt',
      greeting: '-Hi "$(id)"',
      sleeptime: '0',
    });

    expect(run.run()).toEqual({ code: 0, stderr: '' });

    expect(await run.read('results/greetings.txt')).toBe('-Hi "$(id)" Alice!\n-Hi "$(id)" Bob!\n');
  });
});

describe('the fixture HWP', () => {
  it('is HW without sleeptime, with a titled comparison', async () => {
    const { template } = await readSource(folderOf(HWP));

    expect(template.parameters.map((parameter) => parameter.name)).toEqual(['names', 'greeting']);
    expect(template.postproc).toMatchObject({
      inputs: { files: ['results/analytics.json'] },
      outputs: [{ source: 'results/compare.json', title: expect.any(String) }],
    });
  });

  it('compares the ranked runs in the order of the ranking', async () => {
    const run = await prepareRun(HWP, 'template.yaml', {
      names: 'data/names.txt',
      greeting: 'Hello',
      runs: 'runs',
    });
    await run.write('data/names.txt', 'Alice\nBob\nYolanda\n');
    run.run();
    const best = await run.read('results/analytics.json');
    await layOutRuns(run.write, [
      { id: 'r2', name: 'second group', analytics: best },
      { id: 'r1', name: 'first group', analytics: '{"avg_count": 1.0}' },
    ]);

    expect(run.compare()).toEqual({ code: 0, stderr: '' });

    expect(await run.json('results/compare.json')).toEqual([
      {
        run: 'r2',
        name: 'second group',
        avg_count: 12,
        total_count: 36,
        max_len: 14,
        max_line: 'Hello Yolanda!',
      },
      { run: 'r1', name: 'first group', avg_count: 1 },
    ]);
  });
});

it('the fixture DIR has exactly five files', async () => {
  const entries = await readdir(folderOf('test/fixtures/dir'), { recursive: true, withFileTypes: true });
  const root = folderOf('test/fixtures/dir');
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1));
  expect(files.toSorted()).toEqual([
    'A.json',
    'docs/D.json',
    'examples/B.json',
    'examples/C.json',
    'examples/data/data.json',
  ]);
});
