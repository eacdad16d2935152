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
  it('has only its own environment, and its outputs and exit code are returned', async () => {
    const group = await launcher.start(order('pwd; echo "$FILE $HOME" >&2; exit 3'));

    expect(await group.exited).toBe(3);
    expect(texts(await group.outputs)).toEqual({
      stdout: `${folder}\n`,
      stderr: `${join(folder, 'file')} \n`,
    });
  });

  it('fails to start with the message of the operating system', async () => {
    const rejected = launcher.start({ ...order(''), program: '/no/such/program' });

    await expect(rejected).rejects.toThrow('spawn /no/such/program ENOENT');
  });

  it('receives signals', async () => {
    const group = await launcher.start(order('sleep 60'));
    group.signal('SIGTERM');

    expect(await group.exited).toBe(143);
  });

  it('is killed when its launcher ends, and the next one has a new launcher', async () => {
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
  it('has its own environment, arguments, outputs and exit code, but no process', async () => {
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

  it('ends with 1 if it throws or cannot be parsed', async () => {
    const thrown = await launcher.evaluate(evaluation('throw new Error("no")'));
    const unreadable = await launcher.evaluate(evaluation('this is not a program'));

    expect(await thrown.exited).toBe(1);
    expect(texts(await thrown.outputs).stderr).toContain('no');
    expect(await unreadable.exited).toBe(1);
  });

  it('receives SIGTERM, and chooses its exit code', async () => {
    const program = await launcher.evaluate(evaluation(`process.on('SIGTERM', () => process.exit(7))`));
    program.signal('SIGTERM');

    expect(await program.exited).toBe(7);
  });

  it('may finish if it does not listen for SIGTERM', async () => {
    const program = await launcher.evaluate(evaluation('setTimeout(() => process.exit(0), 200)'));
    program.signal('SIGTERM');

    expect(await program.exited).toBe(0);
  });

  it('is reported as killed immediately, and receives SIGTERM', async () => {
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

  it('does not affect other programs by errors that it leaves behind', async () => {
    const failing = await launcher.evaluate(
      evaluation(`Promise.reject(new Error('late')); setTimeout(() => process.exit(0), 100)`),
    );
    const other = await launcher.start(order('sleep 0.3; exit 6'));

    expect(await failing.exited).toBe(0);
    expect(await other.exited).toBe(6);
  });
});
