import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { installTemplate, oneStep, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** The result of a run: its rank, or the reason why the run is not ranked, and the values in responses. */
const stack = useStack({ check: 'consistency' });
let token: string;
let number = 0;

beforeAll(async () => {
  token = (await stack.user('alice')).token;
});

interface Benchmark {
  readonly commands: readonly string[];
  readonly outputs?: readonly string[];
  readonly file?: string;
  readonly columns?: readonly string[];
  readonly more?: string;
}

const SCORE = '{name: score, label: Score, dtype: float}';

/** Installs a benchmark, runs it once and returns its workflow, its group and the handle of the run. */
async function runOf({ commands, outputs = [], file = 'r.json', columns = [SCORE], more = '' }: Benchmark) {
  number += 1;
  const schema = columns.map((column) => `    - ${column}\n`).join('');
  const template = oneStep(commands, `results:\n  file: ${file}\n  schema:\n${schema}${more}`, outputs);
  const workflow = await installTemplate(stack, template, {}, { id: `W${number}` });
  const group = await stack.group(workflow, token, 'Group');
  const { json } = await start(stack, group, token);
  const run = await stack.ended(json.id, token);
  expect(run.state).toBe('SUCCESS');
  return { workflow, group, run };
}

const leaderboard = (workflow: string) => stack.request('GET', `/workflows/${workflow}/leaderboard`);

describe('a run that is not ranked', () => {
  it.each([
    ['the file', 'true', 'result.missing', "no file 'r.json'"],
    ['the column', `echo '{"acc": 1}' > r.json`, 'result.column-missing', "'score'"],
    ['a value', `echo '{"score": null}' > r.json`, 'result.column-missing', "'score' is null"],
    ['a number', `echo '{"score": "high"}' > r.json`, 'result.column-type', "'score' is a text"],
    ['JSON', `echo '{"score": 1,}' > r.json`, 'result.unreadable', 'r.json:1:13'],
    ['a mapping', `echo '[1]' > r.json`, 'result.not-mapping', 'a list'],
    ['any text', ': > r.json', 'result.unreadable', 'r.json:1:1'],
    ['UTF-8', `printf '\\377\\376{\\000' > r.json`, 'result.not-text', 'UTF-8'],
  ])('(report 2) has a warning that its result lacks %s', async (_, command, code, words) => {
    const { workflow, group, run } = await runOf({ commands: [command] });
    expect((await leaderboard(workflow)).json.ranking).toEqual([]);
    expect(run.warnings).toEqual([{ code, message: expect.stringContaining(words) }]);
    expect(run.warnings[0].message).toContain("'r.json'");
    const { json } = await stack.request('GET', `/groups/${group}/runs`, { token });
    expect(json.runs).toEqual([expect.objectContaining({ id: run.id, warningCount: 1 })]);
  });

  it('(report 16) has a warning that a required value is NaN or infinite', async () => {
    const columns = [SCORE, '{name: time, label: Time, dtype: float, required: false}'];
    const { workflow, run } = await runOf({
      commands: [`echo '{"score": NaN, "time": 1}' > r.json`],
      columns,
    });
    expect((await leaderboard(workflow)).json.ranking).toEqual([]);
    expect(run.warnings).toEqual([
      { code: 'result.not-finite', message: expect.stringContaining("'score' is NaN, infinite") },
    ]);
    const other = await runOf({ commands: [`echo '{"score": 1, "time": Infinity}' > r.json`], columns });
    expect((await leaderboard(other.workflow)).json.ranking[0].results).toEqual([
      { name: 'score', value: 1 },
      { name: 'time', value: null },
    ]);
  });
});

describe('a result', () => {
  it('(report 3) is ranked if it starts with a byte order mark', async () => {
    const { workflow, run } = await runOf({ commands: [`printf '\\357\\273\\277{"score": 1}' > r.json`] });
    expect((await leaderboard(workflow)).json.ranking).toHaveLength(1);
    expect(run).not.toHaveProperty('warnings');
  });

  it('(report 4) is kept and ranked if it is a link to a file of the tree', async () => {
    const { workflow, run } = await runOf({
      commands: [
        'mkdir -p results/plots figures',
        `echo '{"score":1}' > results/a.json; ln -s a.json results/latest.json`,
        'echo one > figures/1.txt; rmdir results/plots; ln -s ../figures results/plots',
        'ln -s /etc/hostname results/host.txt; ln -s gone.txt results/none.txt',
      ],
      outputs: ['results/latest.json', 'results/plots/', 'results/host.txt', 'results/none.txt'],
      file: 'results/latest.json',
    });
    expect((await leaderboard(workflow)).json.ranking).toHaveLength(1);
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual([
      'results/latest.json',
      'results/plots/1.txt',
    ]);
    expect(await resultText(stack, run, 'results/latest.json')).toBe('{"score":1}\n');
    expect(await resultText(stack, run, 'results/plots/1.txt')).toBe('one\n');
    const texts = run.warnings.map(({ message }: { message: string }) => message).join('\n');
    expect(texts).toContain("'results/host.txt' was dropped: it is a link that leads out of the tree");
    expect(texts).toContain("'results/none.txt' was not kept: it is a link to nothing");
  });

  it('(report 23) lists its files in the order of the declared outputs', async () => {
    const postproc = `postproc:
  workflow:
    files: {outputs: [z.txt, a.txt]}
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['echo z > z.txt', 'cp runs/runs.json a.txt']}
  inputs: {files: [], runs: runs/}
`;
    const { workflow, run } = await runOf({
      commands: [
        'mkdir -p plots; echo 2 > plots/b; echo 1 > plots/a; echo o > overview.png',
        `echo t > table.csv; echo '{"score": 3.0}' > r.json`,
      ],
      outputs: ['table.csv', 'plots/', 'overview.png'],
      more: postproc,
    });
    const names = ({ files }: { files: { name: string }[] }) => files.map(({ name }) => name);
    expect(names(run)).toEqual(['table.csv', 'plots/a', 'plots/b', 'overview.png']);
    const handle = await stack.postproc(workflow, ({ state }) => state === 'SUCCESS');
    expect(names(handle)).toEqual(['z.txt', 'a.txt']);
    const file = handle.files.find(({ name }: { name: string }) => name === 'a.txt');
    const runs = await stack.request('GET', `/workflows/${workflow}/downloads/files/${file.id}`);
    // As raw text: (report 24)
    expect(runs.text).toContain('"results":{"score":3.0}');
  });

  it('(report 24) has numbers with a decimal point in float columns, and without one in int columns', async () => {
    const columns = [SCORE, '{name: small, label: S, dtype: float}', '{name: n, label: N, dtype: int}'];
    const { workflow } = await runOf({
      commands: [`echo '{"score": 3, "small": 0.25, "n": 4.0}' > r.json`],
      columns,
    });
    const values = '{"name":"score","value":3.0},{"name":"small","value":0.25},{"name":"n","value":4}';
    expect((await leaderboard(workflow)).text).toContain(`"results":[${values}]`);
    const other = await stack.request('GET', `/workflows/${workflow}/leaderboard?orderBy=n:asc&includeAll`);
    expect(other.text).toContain(`"results":[${values}]`);
  });
});

describe('a run whose files post-processing needs', () => {
  it('(report 2) has a warning with the files that it did not keep, and so does the failed post-processing', async () => {
    const postproc = `postproc:
  workflow:
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['true']}
  inputs: {files: [one.txt, two.txt, r.json], runs: runs/}
`;
    const { workflow, run } = await runOf({
      commands: [`echo '{"score": 1}' > r.json`],
      outputs: ['r.json'],
      more: postproc,
    });
    expect(run.warnings.map(({ code }: { code: string }) => code)).toEqual([
      'postproc.file-missing',
      'postproc.file-missing',
    ]);
    await giveRole(stack.services, 'operator', workflow, 'alice', 'viewer');
    const handle = await stack.postproc(workflow, ({ state }) => state === 'ERROR', token);
    expect(handle.messages).toEqual([`run ${run.id} of group 'Group' has no file 'one.txt'`]);
    expect(handle.warnings).toEqual(
      ['one.txt', 'two.txt'].map((name) => ({
        code: 'postproc.file-missing',
        message: expect.stringContaining(`run ${run.id} of group 'Group' has no file '${name}'`),
      })),
    );
  });
});
