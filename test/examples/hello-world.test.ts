import { afterEach, describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { folderOf, layOutRuns, prepareRun, removeRunFolders } from './benchmark-folder.ts';

const HELLO = 'examples/hello-world';
const ARGUMENTS = { names: 'data/names.txt', greeting: 'Hello', sleeptime: '0', runs: 'runs' };

const prepare = (given: Readonly<Record<string, string>> = {}) =>
  prepareRun(HELLO, 'benchmark.yaml', { ...ARGUMENTS, ...given });

afterEach(removeRunFolders);

describe('the hello-world example', () => {
  it('is a valid benchmark with its code and data', async () => {
    const source = await readSource(folderOf(HELLO));

    expect(source.name).toBe('Hello World');
    expect(source.instructions).toMatch(/^# Hello World/);
    expect(source.files.map((file) => file.path)).toEqual([
      'code/analyse.py',
      'code/compare.py',
      'code/greet.py',
      'data/friends.txt',
      'data/names.txt',
    ]);
    expect(source.template.parameters.map((parameter) => parameter.name)).toEqual([
      'names',
      'greeting',
      'sleeptime',
    ]);
  });

  it('greets each name and measures the greetings', async () => {
    const run = await prepare({ names: 'data/friends.txt', greeting: 'Good day' });

    expect(run.run()).toEqual({ code: 0, stderr: '' });

    expect((await run.read('results/greetings.txt')).split('\n')).toEqual([
      'Good day Ada!',
      'Good day Blaise!',
      'Good day Caroline!',
      'Good day Dorothy!',
      'Good day Emmy!',
      'Good day Zoë!',
      '',
    ]);
    expect(await run.json('results/analytics.json')).toEqual({
      line_count: 6,
      total_count: 91,
      avg_count: 91 / 6,
      max_len: 18,
      max_line: 'Good day Caroline!',
    });
  });

  it('accepts lists with a byte order mark, CRLF and blank lines', async () => {
    const run = await prepare();
    await run.write('data/names.txt', '\uFEFFAda\r\n\r\n  Bo  \r\n');

    run.run();

    expect(await run.read('results/greetings.txt')).toBe('Hello Ada!\nHello Bo!\n');
  });

  it.each([
    [{ greeting: 'R2D2' }, "greet: 'R2D2' is not a greeting: only letters, blanks, hyphens and apostrophes"],
    [{ greeting: '$(id); "quoted"' }, 'is not a greeting'],
    [{ greeting: '  ' }, 'greet: the greeting is empty'],
    [{ greeting: 'a'.repeat(41) }, 'greet: the greeting has 41 characters, 40 are allowed'],
    [{ names: 'data/none.txt' }, "No such file or directory: 'data/none.txt'"],
  ])('fails with a readable message for %j', async (given, message) => {
    const run = await prepare(given);

    const { code, stderr } = run.run();

    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    await expect(run.read('results/analytics.json')).rejects.toThrow();
  });

  it.each([
    ['an empty list', '', 'greet: data/names.txt has no names: put one name on each line'],
    ['a list of blank lines', '\n \n', 'greet: data/names.txt has no names: put one name on each line'],
  ])('fails with a readable message for %s', async (_what, names, message) => {
    const run = await prepare();
    await run.write('data/names.txt', names);

    expect(run.run()).toEqual({ code: 1, stderr: `${message}\n` });
  });

  it('compares the ranked runs as JSON, CSV and a chart', async () => {
    const run = await prepare();
    run.run();
    const analytics = await run.read('results/analytics.json');
    const name = `<b>&"${'x'.repeat(40)}`;
    await layOutRuns(run.write, [
      { id: 'run1', name: 'Zoë, the first', analytics },
      { id: 'run2', name, analytics: analytics.replace('11.0', '5.5') },
    ]);

    expect(run.compare()).toEqual({ code: 0, stderr: '' });

    expect(await run.json('results/compare.json')).toEqual([
      expect.objectContaining({ rank: 1, run: 'run1', name: 'Zoë, the first', avg_count: 11 }),
      expect.objectContaining({ rank: 2, run: 'run2', avg_count: 5.5 }),
    ]);
    expect((await run.read('results/compare.csv')).split('\r\n').slice(0, 2)).toEqual([
      'rank,name,avg_count,max_len,max_line,line_count',
      '1,"Zoë, the first",11,12,Hello Alice!,2',
    ]);
    const chart = await run.read('results/compare.svg');
    expect(chart.match(/<rect [^>]*width="(360|180)\.0"/g)).toHaveLength(2);
    expect(chart).toContain('&lt;b&gt;&amp;&quot;xxx');
    expect(chart).not.toContain('<b>');
  });

  it('writes an empty comparison when no run is ranked', async () => {
    const run = await prepare();
    await layOutRuns(run.write, []);
    expect(run.compare().code).toBe(0);
    expect(await run.json('results/compare.json')).toEqual([]);
  });
});
