import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { papermillEnvironment, pythonTool } from './python-tool.ts';

const environment = await papermillEnvironment();

/** Maps a step to a worker whose Python has papermill; the images of steps are ignored here. */
const workerFor = (step: string, network = false, folder = environment) => ({
  workers: [{ name: 'w', type: 'notebook', network, variables: { python: join(folder, 'bin', 'python') } }],
  workflow: [{ step, worker: 'w' }],
});

/** A notebook whose first cell has the parameters. */
const notebook = (...cells: string[]) =>
  JSON.stringify({
    cells: cells.map((source, index) => ({
      cell_type: 'code',
      metadata: index === 0 ? { tags: ['parameters'] } : {},
      source,
      execution_count: null,
      outputs: [],
    })),
    metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' } },
    nbformat: 4,
    nbformat_minor: 4,
  });

const SHOW = 'import json\nwith open("results/values.json", "w") as file:\n    json.dump([a, b, c, d], file)';

interface Options {
  readonly action?: object;
  readonly parameters?: object;
  readonly declared?: readonly object[];
  readonly before?: readonly object[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
}

const templateOf = ({ action, parameters, declared, before }: Options) =>
  JSON.stringify({
    workflow: {
      files: { outputs: ['results/'] },
      parameters: parameters ?? {},
      steps: [
        ...(before ?? []),
        {
          name: 'nb',
          action: { environment: 'papermill', notebook: 'nb/a.ipynb', output: 'results/a.ipynb', ...action },
        },
      ],
    },
    parameters: declared ?? [],
  });

/** Notebooks that papermill executes on a real kernel of Jupyter. */
describe('a notebook step', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  async function runOf(id: string, cells: readonly string[], options: Options = {}, values: object = {}) {
    const files = { 'nb/a.ipynb': notebook(...cells), ...options.files };
    const config = { config: options.config ?? workerFor('nb') };
    const workflow = await installTemplate(stack, templateOf(options), files, { id, ...config });
    const group = await stack.group(workflow, alice.token, 'Group');
    const { status, json } = await start(stack, group, alice.token, { ...values });
    expect([status, json.message]).toEqual([201, undefined]);
    return stack.ended(json.id, alice.token);
  }

  it('runs the example, and keeps the executed notebook', async () => {
    const workflow = await stack.install(example('notebook-fit'), { config: workerFor('fit') });
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token, { slope: 2 });
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, run, 'results/fit.json'))).toEqual({ rmse: 1, worst: 1 });
    const executed = JSON.parse(await resultText(stack, run, 'results/fit.ipynb'));
    const texts = JSON.stringify(executed.cells);
    expect(texts).toContain('slope = 2.0');
    expect(texts).toContain('the error is 1.0');
  });

  it('I12: passes the values as papermill’s command line does, and never as code', async () => {
    const hostile = '"; touch hacked; echo "$(touch hacked)';
    const run = await runOf('I12', ['a = b = c = d = 0', SHOW], {
      action: { params: ['a', 'b', 'c', 'd', 'e'], variables: [{ arg: 'b', var: 'x' }] },
      parameters: { a: '1', x: 2.5, c: hostile, d: true },
    });
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, run, 'results/values.json'))).toEqual([1, 2.5, hostile, true]);
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual([
      'results/a.ipynb',
      'results/values.json',
    ]);
  });

  it('I12: prints the command, and fails with the error of the cell', async () => {
    const run = await runOf(
      'FAILS',
      ['a = 0', 'print("before")', 'raise ValueError(f"no {a}")', 'print("after")'],
      { action: { params: ['a', 'b', 'c'] }, parameters: { a: '1', b: 2 } },
    );
    expect(run.state).toBe('ERROR');
    const [printed, trace] = run.messages;
    expect(printed).toBe('run: papermill nb/a.ipynb results/a.ipynb -p a "1" -p b 2\n');
    expect(trace).toContain('ValueError: no 1');
    expect(trace).not.toContain('after');
    expect(run.files.map(({ name }: { name: string }) => name)).toEqual(['results/a.ipynb']);
    const executed = await resultText(stack, run, 'results/a.ipynb');
    expect(executed).toContain('ValueError');
    expect(executed).toContain('before');
  });

  it('takes results of code steps', async () => {
    const run = await runOf('RESULT', ['a = b = c = d = 0', SHOW], {
      before: [
        {
          name: 'mean',
          action: { func: 'statistics.mean', arg: 'a', variables: [{ arg: 'data', var: 'list' }] },
        },
      ],
      action: { params: ['a'] },
      parameters: { list: [1, 2] },
    });
    expect(JSON.parse(await resultText(stack, run, 'results/values.json'))[0]).toBe(1.5);
  });

  it('installs its requirements beside the packages of the image, if its worker has a network', async () => {
    const options = { action: { requirements: ['iniconfig==2.1.0'] } };
    const cells = ['a = b = c = 0', 'import iniconfig, nbclient\nd = iniconfig.__file__', SHOW];
    const run = await runOf('PACKAGES', cells, { ...options, config: workerFor('nb', true) });
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const [, , , file] = JSON.parse(await resultText(stack, run, 'results/values.json'));
    expect(file).toContain('/environment/');
    await expect(
      installTemplate(stack, templateOf(options), { 'nb/a.ipynb': '{}' }, { config: workerFor('nb') }),
    ).rejects.toThrow("its worker gives it no network; map the step to a worker with 'network: true'");
  });

  it('does not import modules of participants, nor run their notebooks or settings', async () => {
    const plant = 'import json\nopen("results/values.json", "w").write("[1000]")\nimport os\nos._exit(0)\n';
    const paths = [
      'iniconfig.py',
      'nbclient/__init__.py',
      'ipython_config.py',
      'profile_default/startup/a.py',
    ];
    const put = paths.map((path) => `mkdir -p "$$(dirname ${path})"; cp work/plant.txt ${path}`);
    const nb =
      'cp work/plant.txt nb/a.ipynb; mkdir -p profile_default/startup; cp work/plant.txt nb/helper.py';
    const attack = { environment: 'any', commands: [...put, nb] };
    const cells = [
      'a = b = c = d = 0',
      'import nbclient',
      'try:\n    import iniconfig\nexcept ImportError:\n    a = 7',
      SHOW,
    ];
    const options = {
      before: [{ name: 'own', action: '$[[own]]' }],
      declared: [
        { name: 'own', dtype: 'actor' },
        { name: 'plant', dtype: 'file', target: 'work/plant.txt', isRequired: false },
      ],
    };
    await installTemplate(
      stack,
      templateOf(options),
      { 'nb/a.ipynb': notebook(...cells) },
      { id: 'ATTACK', config: workerFor('nb') },
    );
    const group = await stack.group('ATTACK', alice.token, 'Attackers');
    const file = await fileArgument(stack, group, alice.token, plant);
    const { json } = await start(stack, group, alice.token, { own: attack, plant: file });
    const ended = await stack.ended(json.id, alice.token);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, ended, 'results/values.json'))).toEqual([7, 0, 0, 0]);
    const beside = await fileArgument(stack, group, alice.token, plant);
    const files = [{ fileId: beside.value.fileId, targetPath: 'iniconfig.py' }];
    const refused = await start(stack, group, alice.token, { own: { ...attack, files } });
    expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining("'iniconfig.py'")]);
  });
});

const without = join(await pythonTool('python'), '..', '..');

describe('a notebook step in an image without papermill', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  it('runs with a worker of type nbdocker, which installs it', async () => {
    const files = { 'nb/a.ipynb': notebook('a = b = c = d = 0', SHOW) };
    const [worker] = workerFor('nb', true, without).workers;
    const config = { ...workerFor('nb'), workers: [{ ...worker, type: 'nbdocker' }] };
    const workflow = await installTemplate(stack, templateOf({}), files, { id: 'NBDOCKER', config });
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, run, 'results/values.json'))).toEqual([0, 0, 0, 0]);
  });

  it('fails with a sentence that says what to do', async () => {
    const files = { 'nb/a.ipynb': notebook('') };
    const config = workerFor('nb', false, without);
    const workflow = await installTemplate(stack, templateOf({}), files, { id: 'WITHOUT', config });
    const group = await stack.group(workflow, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token);
    const run = await stack.ended(json.id, alice.token);
    expect(run.state).toBe('ERROR');
    expect(run.messages[1]).toBe(
      "papermill, which runs notebooks, is missing: install papermill in the image of this step ('environment'), such as by 'pip install papermill ipykernel'\n",
    );
    expect(run.files).toBeUndefined();
  });
});
