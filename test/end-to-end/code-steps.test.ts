import { beforeAll, describe, expect, it } from 'vitest';
import { fileArgument, installTemplate, resultText, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

/** Functions of the organiser, as in the conformance cases. */
const FILES = {
  'code/steps.py': `
import os
from code import helper

def add(x, y):
    return helper.plus(x, y)

def show(x, y, z=None):
    with open('result.txt', 'w') as file:
        file.write(repr((x, y, z, os.path.basename(os.getcwd()) != '')))

def read(names, factor=2, *, title='none', **more):
    with open(names) as file:
        return {'lines': file.read().split(), 'factor': factor, 'title': title, 'more': more, 'half': 10.0}

def fail(x):
    print(x, 'written')
    raise ValueError('no good')

def unusable():
    return {1, 2}

def leave():
    os._exit(0)

def option():
    return '-rf'

def big():
    return 'x' * 120001
`,
  'code/helper.py': 'def plus(x, y):\n    return x + y\n',
};

const IDENTITY = 'def identity(value):\n    return value\n\ndef pick(value):\n    return value["f"] * 1.0\n';

interface Step {
  readonly name: string;
  readonly action: unknown;
  readonly expansion?: string;
}

const template = (steps: readonly Step[], parameters: unknown = { x: 1, y: 2 }, declared: unknown[] = []) =>
  JSON.stringify({
    workflow: { files: { outputs: ['result.txt'] }, parameters, steps },
    parameters: declared,
  });

/** Installs a workflow and runs it once. */
async function runOf(
  id: string,
  steps: readonly Step[],
  options: {
    parameters?: unknown;
    declared?: unknown[];
    values?: object;
    files?: Record<string, string>;
  } = {},
) {
  const text = template(steps, options.parameters, options.declared);
  const workflow = await installTemplate(stack, text, { ...FILES, ...options.files }, { id });
  const group = await stack.group(workflow, alice.token, 'Group');
  const { status, json } = await start(stack, group, alice.token, { ...options.values });
  expect([status, json.message]).toEqual([201, undefined]);
  return stack.ended(json.id, alice.token);
}

const code = (func: string, more: object = {}) => ({ func: `code.steps.${func}`, ...more });
const commands = (...texts: string[]) => ({ environment: 'python:3.12', commands: texts });

describe('code steps', () => {
  it('I6: pass results to later steps, and drop those without a variable', async () => {
    const run = await runOf('I6', [
      { name: 'first', action: code('add', { arg: 'z' }) },
      { name: 'second', action: code('add', { arg: 'x', variables: [{ arg: 'x', var: 'z' }] }) },
      { name: 'dropped', action: code('add') },
      { name: 'show', action: code('show') },
    ]);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'result.txt')).toBe('(5, 2, 3, True)');
  });

  it('gives results to commands as data, in Python’s text forms', async () => {
    const values = { t: true, f: 10.0, n: null, s: "a'; echo injected; '" };
    const run = await runOf(
      'TEXT',
      [
        { name: 'make', action: code('identity', { arg: 'z', variables: [{ arg: 'value', var: 'all' }] }) },
        { name: 'pick', action: code('pick', { arg: 'half', variables: [{ arg: 'value', var: 'z' }] }) },
        {
          name: 'show',
          action: commands('printf "%s\\n" "${z}" "$half" "<${all}>" > result.txt', 'test "${half}" = 10.0'),
        },
      ],
      { parameters: { all: values }, files: { 'code/steps.py': IDENTITY } },
    );
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const text = `{'t': True, 'f': 10.0, 'n': None, 's': "a'; echo injected; '"}`;
    // A template in JSON has no floats with a whole value, so this one is a result.
    const shown = text.replace('10.0', '10');
    expect(await resultText(stack, run, 'result.txt')).toBe(`${shown}\n10.0\n<${shown}>\n`);
  });

  it('gets arguments by name, with their types, and the paths of uploads', async () => {
    const declared = [
      { name: 'names', dtype: 'file', target: 'data/names.txt' },
      { name: 'title', dtype: 'string', defaultValue: 'T' },
      { name: 'rate', dtype: 'float', defaultValue: 2 },
    ];
    const parameters = { names: '$[[names]]', title: '$[[title]]', rate: '$[[rate]]', unused: 3 };
    const workflow = await installTemplate(
      stack,
      template(
        [
          {
            name: 'read',
            action: code('read', { arg: 'r', variables: [{ arg: 'extra', var: 'rate' }] }),
          },
          { name: 'show', action: commands('printf "%s" "${r}" > result.txt') },
        ],
        parameters,
        declared,
      ),
      FILES,
      { id: 'ARGS' },
    );
    const group = await stack.group(workflow, alice.token, 'Group');
    const names = await fileArgument(stack, group, alice.token, 'a b\nc\n');
    const { json } = await start(stack, group, alice.token, { names, rate: 2 });
    const run = await stack.ended(json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'result.txt')).toBe(
      "{'lines': ['a', 'b', 'c'], 'factor': 2, 'title': 'T', 'more': {'extra': 2.0}, 'half': 10.0}",
    );
  });

  it('runs a function of the image', async () => {
    const run = await runOf(
      'IMAGE',
      [
        {
          name: 'mean',
          action: { func: 'statistics.mean', arg: 'm', variables: [{ arg: 'data', var: 'd' }] },
        },
        { name: 'show', action: commands('printf "%s" "${m}" > result.txt') },
      ],
      { parameters: { d: [1, 2, 6] } },
    );
    expect(await resultText(stack, run, 'result.txt')).toBe('3');
  });

  it('I19, I21: keeps the printed text and the traceback of a function that fails, and stops', async () => {
    const run = await runOf(
      'I19',
      [
        { name: 'fails', action: code('fail') },
        { name: 'never', action: code('show') },
      ],
      { parameters: { x: -1 } },
    );
    expect(run.state).toBe('ERROR');
    const [printed, trace, ...more] = run.messages;
    expect(printed).toBe('-1 written\n');
    expect(trace).toMatch(
      /^Traceback \(most recent call last\):\n {2}File "code\/steps.py", line \d+, in fail\n/,
    );
    expect(trace).toMatch(/ValueError: no good\n$/);
    expect(more).toEqual(["step 'fails' ended with exit code 1"]);
  });

  it.each([
    [
      'unusable',
      {},
      /the result of 'code.steps.unusable' \(of type set\) cannot become the variable 'z': .*JSON/,
    ],
    ['big', {}, /the result of 'code.steps.big' has 120003 bytes as JSON; a variable has at most 120000/],
    ['leave', {}, /the function ended the program, so that its result is missing/],
    ['missing', {}, /AttributeError: module 'code.steps' has no attribute 'missing'/],
    ['add', { variables: [{ arg: 'y', var: 'nothing' }] }, /TypeError: add\(\) missing 1 required/],
  ])('fails with a clear message: %s', async (func, more, message) => {
    const run = await runOf(`BAD_${func}`, [{ name: 'fails', action: code(func, { arg: 'z', ...more }) }]);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join('\n')).toMatch(message);
  });

  it('rejects a result that would be an option of a later command', async () => {
    const run = await runOf('OPTION', [
      { name: 'make', action: code('option', { arg: 'z' }) },
      { name: 'use', action: commands('touch result.txt', 'rm "${z}" result.txt') },
    ]);
    expect(run).toMatchObject({
      state: 'ERROR',
      messages: ["step 'use': the value of 'z', the result of a step, would be an option of a program"],
    });
  });

  it.each([
    [commands('cat ${z}'), undefined, /the value of 'z' would become several words: put double quotes/],
    [commands('sh -c "${z}"'), undefined, /a reference is in code for a second interpreter/],
    [
      commands('cat "${z}"'),
      'text',
      /'z' is the result of a step, which is never text of a command; leave out/,
    ],
  ])('rejects the template where a result could become code: %j', async (action, expansion, message) => {
    const use = { name: 'use', action, ...(expansion && { expansion }) };
    const text = template([{ name: 'make', action: code('add', { arg: 'z' }) }, use]);
    await expect(installTemplate(stack, text, FILES)).rejects.toThrow(message);
  });
});

describe('a participant’s code step', () => {
  const own = [
    { name: 'own', action: '$[[own]]' },
    { name: 'after', action: '$[[after]]' },
    { name: 'show', action: code('show') },
  ];
  const declared = [
    { name: 'own', dtype: 'actor' },
    { name: 'after', dtype: 'actor', isRequired: false },
  ];

  it('sets variables of participants’ steps only', async () => {
    const workflow = await installTemplate(stack, template(own, { x: 1, y: 2 }, declared), FILES, {
      id: 'ACTOR',
    });
    const group = await stack.group(workflow, alice.token, 'Group');
    const file = await fileArgument(stack, group, alice.token, 'def f(x):\n    return "mine"\n');
    const files = [{ fileId: file.value.fileId, targetPath: 'mine/model.py' }];
    const step = { func: 'mine.model.f', arg: 'x', files };
    const after = commands('test "${x}" = mine && echo "${x}" && exit 3');
    const first = await start(stack, group, alice.token, { own: step });
    const run = await stack.ended(first.json.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, run, 'result.txt')).toBe('(1, 2, None, True)');
    const second = await start(stack, group, alice.token, { own: step, after });
    expect(await stack.ended(second.json.id, alice.token)).toMatchObject({
      state: 'ERROR',
      messages: ['mine\n', expect.stringMatching(/^step '.*' ended with exit code \d+$/)],
    });
  });

  it.each([
    [{ func: 'x' }, "'x' is not the path of a Python function"],
    [{ func: 'a.b', arg: 'a b' }, "'a b' is not a name"],
    [{ notebook: 'n.ipynb' }, 'a notebook step needs an image'],
  ])('is rejected at the start if it cannot run: %j', async (step, message) => {
    const group = await stack.group('ACTOR', alice.token, `Group ${message}`);
    const { status, json } = await start(stack, group, alice.token, { own: step });
    expect([status, json.message]).toEqual([400, expect.stringContaining(message)]);
  });
});

describe('a code step with private files', () => {
  const files = { 'truth/key.py': { text: 'def key():\n    return "secret"\n', access: 'private' as const } };
  const steps = [
    { name: 'see', action: { func: 'truth.key.key', arg: 'k' } },
    { name: 'own', action: '$[[own]]' },
    { name: 'judge', action: commands('printf "%s" "${k}" | wc -c > result.txt') },
  ];

  it('gives its result to the organiser’s steps only', async () => {
    const text = template(steps, {}, [{ name: 'own', dtype: 'actor' }]);
    const workflow = await installTemplate(stack, text, files, { id: 'PRIVATE' });
    const group = await stack.group(workflow, alice.token, 'Group');
    const peek = commands('env; echo "<${k}>"; exit 3');
    const first = await start(stack, group, alice.token, { own: peek });
    const peeked = await stack.ended(first.json.id, alice.token);
    expect(peeked.state).toBe('ERROR');
    expect(peeked.messages.join('\n')).toContain('<k>');
    expect(JSON.stringify(peeked)).not.toContain('secret');
    const second = await start(stack, group, alice.token, { own: commands('true') });
    const run = await stack.ended(second.json.id, alice.token);
    expect((await resultText(stack, run, 'result.txt')).trim()).toBe('6');
    const show = { func: 'os.getcwd', arg: 'k' };
    const third = await start(stack, group, alice.token, { own: show });
    const shown = await stack.ended(third.json.id, alice.token);
    expect((await resultText(stack, shown, 'result.txt')).trim()).toBe('6');
  });
});
