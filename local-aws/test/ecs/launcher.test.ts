import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLauncher, type Launcher } from '../../ecs/launcher.ts';
import { isAlive } from './stack.ts';

let folder: string;
let launcher: Launcher;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-launcher-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  launcher = createLauncher();
});
afterEach(() => launcher.close());

const order = (script: string, keepOutput = true) => ({
  program: '/bin/sh',
  arguments: ['-c', script],
  cwd: folder,
  env: { FILE: join(folder, 'file') },
  keepOutput,
});

const evaluation = (program: string, ...given: string[]) => ({
  program,
  arguments: given,
  env: { COLOUR: 'red' },
  keepOutput: true,
});

const texts = ({ stdout, stderr }: { stdout: Uint8Array; stderr: Uint8Array }) => ({
  stdout: Buffer.from(stdout).toString(),
  stderr: Buffer.from(stderr).toString(),
});

describe('a process group', () => {
  it('is started with its own environment only, and its outputs and its exit code come back', async () => {
    const group = await launcher.start(order('pwd; echo "$FILE $HOME" >&2; exit 3'));

    expect(await group.exited).toBe(3);
    expect(texts(await group.outputs)).toEqual({
      stdout: `${folder}\n`,
      stderr: `${join(folder, 'file')} \n`,
    });
  });

  it('is refused in the words of the operating system', async () => {
    const refused = launcher.start({ ...order(''), program: '/no/such/program' });

    await expect(refused).rejects.toThrow('spawn /no/such/program ENOENT');
  });

  it('takes signals', async () => {
    const group = await launcher.start(order('sleep 60'));
    group.signal('SIGTERM');

    expect(await group.exited).toBe(143);
  });

  it('is killed when nobody can tell any more how it ends, and the next one has a new launcher', async () => {
    const group = await launcher.start(order('echo $PPID >new; mv new "$FILE"; exec sleep 60'));
    const pid = group.leader?.pid ?? 0;
    await expect.poll(() => existsSync(join(folder, 'file'))).toBe(true);
    process.kill(Number(await readFile(join(folder, 'file'), 'utf8')), 'SIGKILL');

    expect(await group.exited).toBe(137);
    await expect.poll(() => isAlive(pid)).toBe(false);
    const next = await launcher.start(order('exit 4'));
    expect(await next.exited).toBe(4);
  });
});

describe('an evaluated program', () => {
  it('has environment, arguments, outputs and an end of its own, and no process', async () => {
    const text = `
      const { readFileSync } = require('node:fs');
      process.stdout.write(process.argv.at(-1) + ' ' + process.env.COLOUR + ' ' + process.env.PATH);
      process.stderr.write(typeof readFileSync);
      process.exit(5);
    `;
    const program = await launcher.evaluate(evaluation(text, 'first', 'last'));

    expect(program.leader).toBeUndefined();
    expect(await program.exited).toBe(5);
    expect(texts(await program.outputs)).toEqual({ stdout: 'last red undefined', stderr: 'function' });
  });

  it('that throws or cannot be read ends with 1', async () => {
    const thrown = await launcher.evaluate(evaluation('throw new Error("no")'));
    const unreadable = await launcher.evaluate(evaluation('this is no program'));

    expect(await thrown.exited).toBe(1);
    expect(texts(await thrown.outputs).stderr).toContain('no');
    expect(await unreadable.exited).toBe(1);
  });

  it('is told of SIGTERM, and ends as it likes', async () => {
    const program = await launcher.evaluate(evaluation(`process.on('SIGTERM', () => process.exit(7))`));
    program.signal('SIGTERM');

    expect(await program.exited).toBe(7);
  });

  it('that does not listen for SIGTERM may finish', async () => {
    const program = await launcher.evaluate(evaluation('setTimeout(() => process.exit(0), 200)'));
    program.signal('SIGTERM');

    expect(await program.exited).toBe(0);
  });

  it('counts as killed at once, and is asked to stop', async () => {
    const text = `
      const { writeFileSync } = require('node:fs');
      process.on('SIGTERM', () => writeFileSync(process.argv.at(-1), ''));
    `;
    const file = join(folder, 'stopped');
    const program = await launcher.evaluate(evaluation(text, file));
    program.signal('SIGKILL');

    expect(await program.exited).toBe(137);
    await expect.poll(() => existsSync(file)).toBe(true);
  });

  it('disturbs no other by what it leaves behind', async () => {
    const failing = await launcher.evaluate(
      evaluation(`Promise.reject(new Error('late')); setTimeout(() => process.exit(0), 100)`),
    );
    const other = await launcher.start(order('sleep 0.3; exit 6'));

    expect(await failing.exited).toBe(0);
    expect(await other.exited).toBe(6);
  });
});
