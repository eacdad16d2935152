import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CODE_RUNNER } from '../../../shared/engine/python-steps/code-runner.ts';
import { runModules } from '../../../shared/engine/python-steps/modules.ts';
import { NOTEBOOK_RUNNER } from '../../../shared/engine/python-steps/notebook-runner.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

interface Run {
  readonly func: string;
  readonly files: Readonly<Record<string, string>>;
  /** Files that are in the run directory, but not of the workflow. */
  readonly planted?: Readonly<Record<string, string>>;
  readonly context?: object;
  readonly variables?: readonly { arg: string; var: string }[];
}

/** Runs a function as the script of a step does. */
function run({ func, files, planted = {}, context = {}, variables = [] }: Run) {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-runner-'));
  folders.push(folder);
  const [work, ctl, log] = ['work', 'ctl', 'log'].map((name) => join(folder, name));
  if (!work || !ctl || !log) throw new Error('no folders');
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  for (const [path, text] of Object.entries({ ...files, ...planted })) put(join(work, path), text);
  mkdirSync(log);
  const modules = runModules(func, { staticFiles: Object.keys(files), declared: [] });
  put(join(ctl, 'step.py'), CODE_RUNNER);
  put(join(ctl, 'call.json'), JSON.stringify({ func, arg: 'z', variables, modules, context }));
  const env = { PATH: process.env.PATH, FS_WORK: work, FS_CTL: ctl, FS_LOG: log };
  const options = { cwd: work, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('python3', ['-I', '-u', join(ctl, 'step.py')], options);
  const result = status === 0 ? readFileSync(join(log, 'variable.json'), 'utf8') : undefined;
  return { status, stdout, stderr, result };
}

const ok = (result: string) => expect.objectContaining({ status: 0, stderr: '', result });

describe('the program of a code step', () => {
  it.each([
    ['def f(a, b=2): return [a, b]', { a: 1 }, [], '[1, 2]'],
    ['def f(a, *, b): return [a, b]', { a: 1, b: 'é' }, [], '[1, "é"]'],
    ['def f(a, /, b=0): return [a, b]', { a: 1, b: 2 }, [], '[1, 2]'],
    ['def f(*args, **more): return [args, more]', { a: 1, x: 2 }, [{ arg: 'a', var: 'x' }], '[[], {"a": 2}]'],
    ['def f(a, **more): return [a, more]', { x: 1, y: 2 }, [{ arg: 'a', var: 'x' }], '[1, {}]'],
    ['class f:\n    def __new__(cls, a): return a', { a: null }, [], 'null'],
    ['f = lambda a: (1.0, a)', { a: true }, [], '[1.0, true]'],
  ])('passes arguments by name: %s', (source, context, variables, result) => {
    expect(run({ func: 'm.f', files: { 'm.py': source }, context, variables })).toEqual(ok(result));
  });

  it('imports static files by their path in the run directory', () => {
    const files = {
      'pkg/__init__.py': 'NAME = __name__',
      'pkg/a/b.py':
        'import top, lib.c\nfrom . import d\nfrom .. import NAME\ndef f(): return [NAME, top.T, lib.c.C, d.D]',
      'pkg/a/d.py': 'D = 4',
      'top.py': 'T = 2',
      'lib/c.py': 'C = 3',
    };
    expect(run({ func: 'pkg.a.b.f', files })).toEqual(ok('["pkg", 2, 3, 4]'));
  });

  it('finds both a folder and the standard module of its name', () => {
    const source =
      'import code, email.x, email.message\ndef f(): return [code.InteractiveConsole.__name__, email.x.X]';
    const files = { 'code/f.py': source, 'email/x.py': 'X = 1', 'email/message.py': 'raise ValueError' };
    expect(run({ func: 'code.f.f', files })).toEqual(ok('["InteractiveConsole", 1]'));
  });

  it('rejects a file with the name of a standard module', () => {
    const { status, stderr } = run({ func: 'statistics.f', files: { 'statistics.py': 'def f(): return 1' } });
    expect([status, stderr]).toEqual([
      1,
      "'statistics.py' has the name of a module of Python's standard library; rename it\n",
    ]);
  });

  it('prefers modules of the image to other static files', () => {
    const files = { 'm.py': 'import pip\ndef f(): return pip.__file__.startswith("/tmp")', 'pip.py': '' };
    expect(run({ func: 'm.f', files }).result).toBe('false');
  });

  const hostile = 'raise SystemExit("hostile")';
  it.each([
    [{ 'pkg.py': hostile, 'colorsys.py': hostile, 'pip.py': hostile, 'json/__init__.py': hostile }],
    [{ 'pkg/m.so': 'x', 'pkg/m.abi3.so': 'x', 'pkg/m.pyc': 'x', 'pkg.so': 'x' }],
    [
      {
        'sitecustomize.py': hostile,
        'usercustomize.py': hostile,
        'site-packages/x.pth': 'import os; os._exit(3)',
      },
    ],
  ])('imports nothing that lies beside: %j', (planted) => {
    const files = { 'pkg/m.py': 'import colorsys, pip\ndef f(): return 5' };
    expect(run({ func: 'pkg.m.f', files, planted })).toEqual(ok('5'));
  });

  it('finds the modules in processes that are started anew', () => {
    const source = `import multiprocessing
def g(x): return x + 1
def f():
    with multiprocessing.get_context('spawn').Pool(1) as pool:
        return pool.map(g, [1, 2])
`;
    expect(run({ func: 'pkg.m.f', files: { 'pkg/m.py': source } })).toEqual(ok('[2, 3]'));
  });

  it.each([
    ['def f(): return {1: {2}}', 'Object of type set is not JSON serializable'],
    ['def f():\n    a = []\n    a.append(a)\n    return a', 'more than 100 deep'],
    ["def f(): return '\\ud800'", 'surrogates not allowed'],
  ])('explains why a result is not a variable: %#', (source, reason) => {
    const { status, stderr } = run({ func: 'm.f', files: { 'm.py': source } });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^the result of 'm.f' \(of type \w+\) cannot become the variable 'z': .*; return numbers/,
    );
    expect(stderr).toContain(reason);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('shows tracebacks from the first line of the workflow', () => {
    const files = { 'm.py': 'import other\ndef f(): return 1', 'other.py': 'def broken(:\n' };
    const { stderr } = run({ func: 'm.f', files });
    expect(stderr).toMatch(/^Traceback \(most recent call last\):\n {2}File "m.py", line 1, in <module>/);
    expect(stderr).toContain('File "other.py", line 1\n');
    expect(stderr).not.toContain('step.py');
    expect(stderr).not.toContain('importlib');
  });
});

it('both programs are Python 3.8', () => {
  const check = 'import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))';
  for (const input of [CODE_RUNNER, NOTEBOOK_RUNNER]) {
    expect(spawnSync('python3', ['-c', check], { input, encoding: 'utf8' }).stderr).toBe('');
  }
});
