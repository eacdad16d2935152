import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { STEP_COMMAND, stepScript } from '../../shared/engine/step-script.ts';
import { plannedStep, type TaskOptions } from '../staging/task.ts';

const shellWord = (text: string): string => `'${text.split("'").join(`'"'"'`)}'`;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

type StepText = Pick<TaskOptions, 'commands' | 'env' | 'variables'>;

/** Shells that images use as /bin/sh; busybox takes the name of its applet as the second word. */
const shells = ['/bin/dash', '/bin/bash', '/bin/busybox sh'].filter((shell) =>
  existsSync(shell.split(' ')[0] ?? ''),
);

/** Lays out a step's script, and returns how a container starts it. */
function layOut(step: StepText, { ready = true, script = true, shell = '/bin/sh', env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'script-test-'));
  folders.push(folder);
  const paths = { FS_WORK: join(folder, 'work'), FS_CTL: join(folder, 'ctl'), FS_LOG: join(folder, 'log') };
  for (const path of Object.values(paths)) mkdirSync(path);
  for (const name of ['end', 'home', 'tmp']) mkdirSync(join(paths.FS_LOG, name));
  if (script) writeFileSync(join(paths.FS_CTL, 'step.sh'), stepScript(plannedStep(step)));
  if (ready) writeFileSync(join(paths.FS_CTL, 'ready'), '');
  const log = (name: string) => {
    try {
      return readFileSync(join(paths.FS_LOG, name), 'utf8');
    } catch {
      return undefined;
    }
  };
  const [program = '', ...words] = shell.split(' ');
  const start = {
    program,
    words: [...words, '-c', STEP_COMMAND],
    env: { PATH: process.env.PATH ?? '', ...env, ...paths },
  };
  return { start, log, paths };
}

/** Runs the script as a container does, and returns its exit code and the output of the commands. */
function run(step: StepText, options: Parameters<typeof layOut>[1] = {}) {
  const { start, log, paths } = layOut(step, options);
  const { status, stderr } = spawnSync(start.program, start.words, { env: start.env, encoding: 'utf8' });
  return { status, stderr, log, out: log('0.out'), marked: log('end/mark') !== undefined, ...paths };
}

/**
 * Runs the script until its first command writes `ready`, then sends SIGTERM as the init process of a container does.
 */
async function stop(step: StepText, shell: string) {
  const { start, log } = layOut(step, { shell });
  const child = spawn(start.program, start.words, { env: start.env, detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await expect.poll(() => log('0.out'), { timeout: 10_000 }).toContain('ready');
  child.kill('SIGTERM');
  const [status] = await ended;
  return { status, log, out: log('0.out'), marked: log('end/mark') !== undefined };
}

describe.each(shells)('a step script in %s', (shell) => {
  it('runs the commands in the working folder and leaves its marker file', () => {
    const { status, out, marked, FS_WORK } = run({ commands: ['pwd'] }, { shell });
    expect({ status, out, marked }).toEqual({ status: 0, out: `${FS_WORK}\n`, marked: true });
  });

  it('exits with the code of the first command that fails, and runs no further command', () => {
    const { status, log, marked } = run(
      { commands: ['echo 1', 'echo 2 >&2; false; exit 42', 'echo 3'] },
      { shell },
    );
    expect({ status, marked }).toEqual({ status: 42, marked: true });
    expect([log('0.out'), log('1.err'), log('2.out')]).toEqual(['1\n', '2\n', undefined]);
  });

  it('isolates commands from each other: folder, options, variables, functions and exit', () => {
    const commands = [
      'cd /; set -eu; umask 077; X=1; f() { :; }; trap "echo bye" EXIT; exit 0',
      'echo "$PWD ${X-unset} $-"; f || echo no function',
    ];
    const { log, FS_WORK } = run({ commands }, { shell });
    expect(log('0.out')).toBe('bye\n');
    expect(log('1.out')).toMatch(new RegExp(`^${FS_WORK} unset [^e]*\nno function\n$`));
  });

  it('limits syntax errors, comments and open quotes to their command', () => {
    for (const command of ['if', "echo 'open", 'echo )', '(', '}', 'esac']) {
      const { status, log } = run({ commands: [command, 'echo next'] }, { shell });
      expect(status).not.toBe(0);
      expect(log('1.out')).toBeUndefined();
    }
    expect(run({ commands: ['echo 1 # )'] }, { shell }).out).toBe('1\n');
  });

  it('sets the worker environment and the argument variables', () => {
    const values = {
      env: { A: 'Hello', PATH: '/nowhere' },
      variables: { FLOWSERV_ARG_name: 'Al $(id) `id` "\'\n\\' },
    };
    const { out } = run(
      { ...values, commands: ['echo "$A $PATH"; printf "<%s>" "$FLOWSERV_ARG_name"'] },
      { shell },
    );
    expect(out).toBe('Hello /nowhere\n<Al $(id) `id` "\'\n\\>');
  });

  it('keeps working if the environment uses the script’s own names', () => {
    const env = { FS_LOG: '/nowhere', FS_CTL: '/nowhere', FS_WORK: '/nowhere', IFS: '/' };
    const { status, log, marked } = run({ env, commands: ['echo "$FS_LOG"', 'echo 2'] }, { shell });
    expect({ status, marked }).toEqual({ status: 0, marked: true });
    expect([log('0.out'), log('1.out')]).toEqual(['/nowhere\n', '2\n']);
  });

  it('puts the Python package before the paths of the image or the worker', () => {
    const commands = ['echo "$PYTHONPATH"'];
    const none = run({ commands }, { shell });
    expect(none.out).toBe(`${none.FS_CTL}/python\n`);
    const image = run({ commands }, { shell, env: { PYTHONPATH: '/image' } });
    expect(image.out).toBe(`${image.FS_CTL}/python:/image\n`);
    const worker = run(
      { commands, env: { PYTHONPATH: '/worker' } },
      { shell, env: { PYTHONPATH: '/image' } },
    );
    expect(worker.out).toBe(`${worker.FS_CTL}/python:/worker\n`);
  });

  describe('in an image', () => {
    const commands = ['echo "$LANG $HOME $TMPDIR"; cd && pwd; touch "$HOME/a"; test -d "$TMPDIR"'];
    const defaults = (env: Readonly<Record<string, string>>, own: Readonly<Record<string, string>> = {}) => {
      const { out, log, FS_LOG } = run({ commands, env: own }, { shell, env });
      expect(log('0.err')).toBe('');
      const [first = '', home] = out?.replaceAll(FS_LOG, 'LOG').split('\n') ?? [];
      const [lang, ...shown] = first.split(' ');
      expect(home).toBe(shown[0]);
      return { lang, folders: shown };
    };

    it('without settings, sets UTF-8, a home and a folder for temporary files', () => {
      expect(defaults({})).toEqual({ lang: 'C.UTF-8', folders: ['LOG/home', '/tmp'] });
    });

    it('with unusable folders, sets other folders outside the run tree', () => {
      const file = '/etc/hostname';
      expect(defaults({ HOME: '/nonexistent', TMPDIR: '/nonexistent' }).folders).toEqual([
        'LOG/home',
        'LOG/tmp',
      ]);
      expect(defaults({ HOME: file, TMPDIR: file }).folders).toEqual(['LOG/home', 'LOG/tmp']);
      expect(defaults({ HOME: '/' }).folders).toEqual(['LOG/home', '/tmp']);
    });

    it('with its own settings, keeps them unless the worker overrides them', () => {
      const folder = mkdtempSync(join(tmpdir(), 'script-test-'));
      folders.push(folder);
      const image = { LANG: 'de_DE.UTF-8', HOME: folder, TMPDIR: folder };
      expect(defaults(image)).toEqual({ lang: 'de_DE.UTF-8', folders: [folder, folder] });
      expect(defaults(image, { LANG: 'C', TMPDIR: '/tmp' })).toEqual({
        lang: 'C',
        folders: [folder, '/tmp'],
      });
    });

    it('with another variable of the locale, does not set LANG', () => {
      const { out } = run({ commands: ['echo "${LANG-none}"'] }, { shell, env: { LC_ALL: 'POSIX' } });
      expect(out).toBe('none\n');
    });
  });

  it('hides the variables of the staging program, and has no input', () => {
    const env = { FS_BROKER: 'http://broker', FS_TICKET: 'secret' };
    const { out } = run({ commands: ['env | grep -c "^FS_[BT]"; cat'] }, { shell, env });
    expect(out).toBe('0\n');
  });

  it('does not run if its files were not laid out', () => {
    const { status, stderr, out } = run({ commands: ['echo 1'] }, { shell, ready: false });
    expect(status).toBe(125);
    expect(stderr).toContain('not laid out');
    expect(out).toBeUndefined();
  });

  it('exits with 125 if the script is missing', () => {
    const { status, stderr, marked } = run({ commands: ['echo 1'] }, { shell, ready: false, script: false });
    expect({ status, marked }).toEqual({ status: 125, marked: false });
    expect(stderr).toContain('not laid out');
  });

  it('writes a marker file when it begins', () => {
    expect(run({ commands: ['false'] }, { shell }).log('begun')).toBe('');
    expect(run({}, { shell, script: false }).log('begun')).toBe('');
  });
});

describe.each(shells)('a step script that gets SIGTERM in %s', (shell) => {
  const program =
    `trap 'echo got it; sleep 0.3; echo saved; exit 0' TERM; echo ready; i=0; ` +
    'while [ $i -lt 200 ]; do sleep 0.05; i=$((i+1)); done';
  const inShell = `/bin/sh -c ${shellWord(program)}`;

  it.each([
    ['a command', program],
    ['a program before another command', `${inShell}; echo next`],
    [
      'a program of a script',
      `printf '%s\\n' '#!/bin/sh' ${shellWord(`${inShell}; true`)} >s; chmod +x s; ./s; true`,
    ],
  ])('lets %s save its state, and runs no further command (report 28)', async (_what, command) => {
    const { status, out, log, marked } = await stop({ commands: [command, 'echo 2'] }, shell);
    expect({ status, out, marked }).toEqual({ status: 143, out: 'ready\ngot it\nsaved\n', marked: true });
    expect(log('1.out')).toBeUndefined();
  });

  it('ends immediately if no program handles the signal', async () => {
    const { status, log } = await stop({ commands: ['echo ready; sleep 100; echo next', 'echo 2'] }, shell);
    expect(status).toBe(143);
    expect(log('0.out')).toBe('ready\n');
  });

  it('continues with the next command while a job of the previous one still runs', () => {
    const { status, out, log } = run({ commands: ['sleep 1 & echo 1', 'echo 2'] }, { shell });
    expect([status, out, log('1.out')]).toEqual([0, '1\n', '2\n']);
  });

  it('lets programs of the step receive SIGINT and SIGQUIT', () => {
    const { out } = run({ commands: ['sh -c "kill -INT \\$\\$; echo ignored"; echo $?'] }, { shell });
    expect(out).toBe('130\n');
  });
});

describe('the text of a step script', () => {
  it('passes any text as a command and as a value, byte for byte', () => {
    const text = fc.string({ unit: 'grapheme' }).map((any) => any.replaceAll('\0', ''));
    const special = fc.array(fc.constantFrom("'", '"', '\\', '\n', '$', '`', '!', ' ', '\r', '\u0081', 'é'));
    const value = fc.oneof(
      text,
      special.map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(value, value, (argument, worker) => {
        const commands = [`printf '%s\\1%s' "$FLOWSERV_ARG_x" "$W"`, `printf %s ${shellWord(argument)}`];
        const { log } = run({ env: { W: worker }, variables: { FLOWSERV_ARG_x: argument }, commands });
        expect(log('0.out')).toBe(`${argument}\x01${worker}`);
        expect(log('1.out')).toBe(argument);
      }),
      { numRuns: 60 },
    );
  });

  it('is valid shell text for any command', () => {
    const script = stepScript(plannedStep({ commands: ["'; exit 0 #", '\n) ; (', 'EOF\n'] }));
    expect(() => execFileSync('/bin/sh', ['-n'], { input: script })).not.toThrow();
  });

  it.each(['', 'A-B', '1A', 'A=B', 'A;id', 'Ä'])("rejects the variable name '%s'", (name) => {
    expect(() => stepScript(plannedStep({ env: { [name]: '1' } }))).toThrow('cannot be the name');
  });

  it('rejects NUL characters', () => {
    expect(() => stepScript(plannedStep({ commands: ['echo \0'] }))).toThrow('NUL');
  });
});
