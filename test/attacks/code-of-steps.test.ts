import { dirname } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, resultText, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Files that a participant brings to a run never become code of the organiser's code steps. */
const stack = useStack();
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

/** A module that forges the result and ends the program as if all was well. */
const PLANT = `import os
with open('result.json', 'w') as file:
    file.write('{"score": 1000}')
with open(os.path.join(os.environ['FS_LOG'], 'variable.json'), 'w') as file:
    file.write('1000')
os._exit(0)
`;
/** `pip` is a package of the image, `colorsys` a module of Python. */
const SCORE = `import colorsys, json, pip
def score():
    with open('work/answer.txt') as file:
        value = len(file.read()) + helper.more()
    with open('result.json', 'w') as file:
        json.dump({'score': value}, file)
    return value
`;
const HELPER = 'def more():\n    return 3\n';
const FOLDER = { 'judge/score.py': `from judge import helper\n${SCORE}`, 'judge/helper.py': HELPER };
const ROOT = { 'score.py': `import helper\n${SCORE}`, 'helper.py': HELPER };

/** The participant's step answers, the organiser's function scores, and a command checks the function's result. */
const template = (func: string) => `workflow:
  files: {outputs: [result.json]}
  steps:
    - name: own
      files: {outputs: [work/answer.txt]}
      action: $[[step]]
    - name: score
      action: {func: ${func}, arg: score}
    - name: check
      action: {environment: 'python:3.12', commands: ['test "\${score}" = 5']}
parameters:
  - {name: step, dtype: actor}
  - {name: planted, dtype: file, target: work/planted.txt, isRequired: false}
`;

/** Command that copies the planted module, an upload of the run, to a path. */
const put = (path: string) => `mkdir -p ${dirname(path)}; cp work/planted.txt ${path}`;
const PYCACHE = (module: string) =>
  `python3 -c "import py_compile, sys; f = sys.implementation.cache_tag; py_compile.compile('work/planted.txt', '${dirname(module)}/__pycache__/' + '${module.split('/').at(-1)}' + '.' + f + '.pyc', invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)"`;

/** Runs the commands in the participant's step, with the planted module. */
async function scoreOf(group: string, commands: readonly string[], target?: string) {
  const planted = await fileArgument(stack, group, alice.token, PLANT);
  const files = target === undefined ? [] : [{ fileId: planted.value.fileId, targetPath: target }];
  const step = { environment: 'python:3.12', commands: ['printf xy > work/answer.txt', ...commands], files };
  const { status, json } = await start(stack, group, alice.token, { step, planted });
  expect([status, json.message]).toEqual([201, undefined]);
  const run = await stack.ended(json.id, alice.token);
  expect(run).toMatchObject({ state: 'SUCCESS' });
  return JSON.parse(await resultText(stack, run, 'result.json')).score;
}

describe('a function in a folder', () => {
  let group: string;
  beforeAll(async () => {
    const id = await installTemplate(stack, template('judge.score.score'), FOLDER, { id: 'folder' });
    group = await stack.group(id, alice.token, 'Group');
  });

  /** Paths in the run directory, which an upload may have. */
  it.each([
    'judge.py',
    'pip.py',
    'colorsys.py',
    'json/__init__.py',
    'score.py',
    'helper.py',
    'sitecustomize.py',
  ])('is not deceived by an upload at %s', async (path) => {
    expect(await scoreOf(group, [], path)).toBe(5);
  });

  const attacks: [string, string[]][] = [
    ['a module beside the folder', [put('judge.py'), put('pip.py'), put('colorsys.py')]],
    ['a module that replaces the function’s', ['rm judge/score.py', put('judge/score.py')]],
    ['an initialisation of the folder', [put('judge/__init__.py')]],
    ['a package before a module', [put('judge/helper/__init__.py'), put('judge/score/__init__.py')]],
    ['compiled code that is not compared with its source', [PYCACHE('judge/score'), PYCACHE('judge/helper')]],
    ['an extension before a module', [put('judge/score.so'), put('judge/helper.abi3.so')]],
    ['a folder that is a link', [put('work/own/score.py'), 'rm -r judge; ln -s work/own judge']],
    [
      'settings of Python',
      [put('sitecustomize.py'), put('usercustomize.py'), put('pyvenv.cfg'), put('python.pth')],
    ],
    ['a forged result of the step', ['mkdir -p "$FS_LOG"; echo 1000 > "$FS_LOG/variable.json"']],
  ];
  it.each(attacks)('is not deceived by %s', async (_, commands) => {
    const escaped = commands.map((command) => command.replaceAll('$', '$$$$'));
    expect(await scoreOf(group, escaped)).toBe(5);
  });
});

describe('a function in a file of the run directory', () => {
  let group: string;
  beforeAll(async () => {
    const id = await installTemplate(stack, template('score.score'), ROOT, { id: 'root' });
    group = await stack.group(id, alice.token, 'Group');
  });

  const attacks: [string, string[]][] = [
    ['modules beside it', [put('pip.py'), put('colorsys.py'), put('judge.py')]],
    ['a package of its name', [put('score/__init__.py'), put('helper/__init__.py')]],
    ['an extension of its name', [put('score.so'), put('helper.abi3.so')]],
    ['compiled code', [PYCACHE('./score'), PYCACHE('./helper')]],
    ['its replacement', [put('score.py'), put('helper.py')]],
  ];
  it.each(attacks)('is not deceived by %s', async (_, commands) => {
    expect(await scoreOf(group, commands)).toBe(5);
  });

  it.each(['pip.py', 'helper/__init__.py', 'score.so', 'data.csv'])(
    'closes the run directory for uploads: %s',
    async (path) => {
      const file = await fileArgument(stack, group, alice.token, PLANT);
      const files = [{ fileId: file.value.fileId, targetPath: path }];
      const step = { environment: 'python:3.12', commands: ['true'], files };
      const { status } = await start(stack, group, alice.token, { step });
      expect(status).toBe(400);
    },
  );
});

describe('a worker of the organiser', () => {
  it('cannot put the run directory on the search path by accident', async () => {
    const config = {
      workers: [{ name: 'w', type: 'code', env: [{ key: 'PYTHONPATH', value: '.:' }] }],
      workflow: [{ step: 'score', worker: 'w' }],
    };
    const id = await installTemplate(stack, template('judge.score.score'), FOLDER, { id: 'worker', config });
    const group = await stack.group(id, alice.token, 'Group');
    expect(await scoreOf(group, [put('pip.py'), put('colorsys.py')])).toBe(5);
  });
});
