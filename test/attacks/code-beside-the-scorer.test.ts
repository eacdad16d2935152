import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Files that a participant adds next to the organiser's programs never become code of these programs. */
const stack = useStack();
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const FORGED = '{"score": 1000}';
/** A module that prints a forged score and ends the program. */
const plant = `import os\nos.write(1, b'${FORGED}')\nos._exit(0)\n`;
const scorer = {
  'code/score.py': 'import json, helper\nprint(json.dumps({"score": helper.score()}))\n',
  'code/helper.py':
    'def score():\n    return len(open("work/truth.txt").read()) + len(open("work/answer.txt").read())\n',
};

/** The organiser's step prepares the truth, the participant's step predicts, the organiser's step scores. */
const template = (command: string) => `workflow:
  files: {outputs: [result.json]}
  steps:
    - name: prepare
      files: {outputs: [work/truth.txt]}
      action: {environment: 'python:3.9', commands: ['printf 123 > work/truth.txt', 'printf 45 > work/more.txt']}
    - name: own
      files: {outputs: [work/answer.txt]}
      action: $[[step]]
    - name: score
      action: {environment: 'python:3.9', commands: ['${command} > result.json']}
parameters:
  - {name: step, dtype: actor}
  - {name: names, dtype: file, target: data/names.txt, isRequired: false}
`;

const step = (...commands: readonly string[]) => ({
  environment: 'python:3.9',
  commands: ['printf xy > work/answer.txt', ...commands],
});

/** Command that copies the planted module, an upload of the run, to a path. */
const put = (path: string) => `mkdir -p ${dirname(path)}; cp planted.py ${path}`;

/** Runs the commands in the participant's step, with the planted module. */
async function runOf(group: string, commands: readonly string[]) {
  const planted = await fileArgument(stack, group, alice.token, plant);
  const files = [{ fileId: planted.value.fileId, targetPath: 'planted.py' }];
  const { status, json } = await start(stack, group, alice.token, { step: { ...step(...commands), files } });
  expect(status).toBe(201);
  return stack.ended(json.id, alice.token);
}

async function scoreOf(run: Awaited<ReturnType<typeof runOf>>): Promise<unknown> {
  expect(run).toMatchObject({ state: 'SUCCESS' });
  return JSON.parse(await resultText(stack, run, 'result.json')).score;
}

describe('a scorer in a folder', () => {
  let group: string;
  beforeAll(async () => {
    const id = await installTemplate(stack, template('${python} code/score.py'), scorer, { id: 'folder' });
    group = await stack.group(id, alice.token, 'Group');
  });

  const attacks: [string, string[]][] = [
    ['a module before one of the standard library', [put('code/json.py')]],
    ['a package before a module', [put('code/helper/__init__.py')]],
    [
      'compiled code that Python does not compare with its source',
      [
        "python3 -c \"import py_compile, sys; t = sys.implementation.cache_tag; py_compile.compile('planted.py', 'code/__pycache__/helper.' + t + '.pyc', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)\"",
      ],
    ],
    ['a link to a package', [put('work/json/__init__.py'), 'ln -s ../work/json code/json']],
    [
      'a folder that is a link',
      [put('work/own/json.py'), 'cp code/*.py work/own/; rm -r code; ln -s work/own code'],
    ],
    ["changes of the organiser's files", ['printf 1234567 > work/truth.txt; rm work/more.txt']],
    ['a forged result', [`printf '${FORGED}' > result.json`]],
  ];
  it.each(attacks)('is not deceived by %s', async (_, commands) => {
    expect(await scoreOf(await runOf(group, commands))).toBe(5);
  });

  it('gets no declared output that is a link, and the run has a warning', async () => {
    const { state, messages } = await runOf(group, ['ln -sf ../code/helper.py work/answer.txt']);
    expect(state).toBe('ERROR');
    expect(messages.join('\n')).toContain(
      "warning: step 'own': 'work/answer.txt' was dropped: it is a link to a file that this step does not pass on; copy the file",
    );
  });

  it.each([
    'code/json.py',
    'code/helper/__init__.py',
    'code/__pycache__/helper.cpython-312.pyc',
    'data/x',
    '.pythonrc',
  ])('cannot get a file of an argument next to it: %s', async (path) => {
    const names = await fileArgument(stack, group, alice.token, plant, path);
    const viaFile = await start(stack, group, alice.token, { step: step(), names });
    const files = [{ fileId: names.value.fileId, targetPath: path }];
    const viaActor = await start(stack, group, alice.token, { step: { ...step(), files } });
    if (path.startsWith('data/')) return expect([viaFile.status, viaActor.status]).toEqual([201, 201]);
    for (const { status, json } of [viaFile, viaActor]) {
      expect([status, json.message]).toEqual([400, expect.stringContaining(`the target path '${path}'`)]);
      expect(json.message).toContain('name a');
    }
  });

  it('cannot get a file next to it from the parameters of a group', async () => {
    const parameters = [
      { name: 'step', dtype: 'actor' },
      { name: 'more', dtype: 'file', target: 'code/json.py' },
    ];
    const body = { name: 'Own parameters', parameters };
    const made = await stack.request('POST', '/workflows/folder/groups', { token: alice.token, body });
    const more = await fileArgument(stack, made.json.id, alice.token, plant);
    const { status, json } = await start(stack, made.json.id, alice.token, { step: step(), more });
    expect([status, json.message]).toEqual([
      400,
      expect.stringContaining("'code/json.py' is in the folder 'code'"),
    ]);
  });
});

describe('a scorer in the run directory', () => {
  let group: string;
  beforeAll(async () => {
    const files = { 'score.py': scorer['code/score.py'], 'helper.py': scorer['code/helper.py'] };
    const id = await installTemplate(stack, template('${python} score.py'), files, { id: 'root' });
    group = await stack.group(id, alice.token, 'Group');
  });

  it('is not deceived by files of a step or a request', async () => {
    const names = await fileArgument(stack, group, alice.token, plant, 'json.py');
    const { status, json } = await start(stack, group, alice.token, { step: step(), names });
    expect([status, json.message]).toEqual([
      400,
      expect.stringContaining("'json.py' is in the run directory"),
    ]);
  });
});

describe('two steps of a participant', () => {
  it('pass all files to each other, but only declared outputs to the scorer', async () => {
    const own = (name: string, output: string) =>
      `    - {name: ${name}, files: {outputs: [${output}]}, action: "$[[${name}]]"}\n`;
    const chain = `workflow:
  files: {outputs: [result.json, list.txt]}
  steps:
${own('train', 'work/truth.txt')}${own('label', 'work/answer.txt')}
    - name: score
      action: {environment: 'python:3.9', commands: ['ls > list.txt; python code/score.py > result.json']}
parameters:
  - {name: train, dtype: actor}
  - {name: label, dtype: actor}
`;
    const id = await installTemplate(stack, chain, scorer, { id: 'chain' });
    const group = await stack.group(id, alice.token, 'Group');
    const { json } = await start(stack, group, alice.token, {
      train: step(
        'mkdir -p model; printf xy > model/m; printf 123 > work/truth.txt; printf 1 > code/json.py',
      ),
      label: step('cat model/m > work/answer.txt; printf 1 > code/json.py; printf 1 > json.py'),
    });
    const run = await stack.ended(json.id, alice.token);
    expect(await scoreOf(run)).toBe(5);
    expect(await resultText(stack, run, 'list.txt')).toBe('code\nlist.txt\nwork\n');
  });
});

describe("a step of the organiser that runs a participant's file", () => {
  it('passes on no files next to the scorer, and all others', async () => {
    const runsUpload = `workflow:
  files: {outputs: [result.json]}
  steps:
    - name: run
      action: {environment: 'python:3.9', commands: ['sh "$[[program]]"']}
    - name: score
      action: {environment: 'python:3.9', commands: ['python code/score.py > result.json']}
parameters:
  - {name: program, dtype: file, target: program.sh}
`;
    const id = await installTemplate(stack, runsUpload, scorer, { id: 'upload' });
    const group = await stack.group(id, alice.token, 'Group');
    const text = [
      'mkdir -p work code/helper; printf 123 > work/truth.txt; printf xy > work/answer.txt',
      ...[`cat > code/json.py <<'E'\n${plant}E`, 'cp code/json.py code/helper/__init__.py'],
    ].join('\n');
    const program = await fileArgument(stack, group, alice.token, `${text}\n`);
    const { json } = await start(stack, group, alice.token, { program });
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await scoreOf(run)).toBe(5);
  });
});
