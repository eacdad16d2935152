import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from './task.ts';
import { useTasks } from './task-fixture.ts';

const prepare = useTasks();

describe('the end of a step', () => {
  it('reports exit code, times and output of a step that succeeds', async () => {
    const task = await prepare({
      files: { 'names.txt': 'Alice\n' },
      commands: ['cat names.txt', 'echo no >&2'],
    });
    const { staged, step, warden, status } = await task.run();
    expect([staged.code, step.code, warden.code]).toEqual([0, 0, 0]);
    expect(status).toMatchObject({
      v: 1,
      step: { index: 0, name: 'count', attempt: 1 },
      attempt: 1,
      exitCode: 0,
      failure: null,
      commands: [
        { stdout: 'Alice\n', stderr: '', truncated: false },
        { stdout: '', stderr: 'no\n', truncated: false },
      ],
      warnings: [],
    });
    expect(Date.parse(status.finishedAt)).toBeGreaterThanOrEqual(Date.parse(status.startedAt));
  });

  it('I14, I17: stops at the second of three commands, with its code and the output so far', async () => {
    const task = await prepare({ commands: ['echo one', 'echo two >&2; exit 1', 'echo three'] });
    const { step, warden, status } = await task.run();
    expect(step.code).toBe(1);
    expect(warden.code).toBe(0);
    expect(status).toMatchObject({ exitCode: 1, failure: null, outputs: [] });
    expect(status.commands).toEqual([
      { stdout: 'one\n', stderr: '', truncated: false },
      { stdout: '', stderr: 'two\n', truncated: false },
    ]);
  });

  it('I15: ends with the error of the shell if a command cannot be started', async () => {
    const task = await prepare({ commands: ['no-such-program --help', 'echo two'] });
    const { step, status } = await task.run();
    // The original, which starts no shell of its own, ends with 1.
    expect(step.code).toBe(127);
    expect(status).toMatchObject({ exitCode: 127, failure: null });
    expect(status.commands).toEqual([
      { stdout: '', stderr: expect.stringMatching(/no-such-program.*not found/), truncated: false },
    ]);
  });

  it('reports any exit code, and keeps no output of a failed step', async () => {
    const task = await prepare({
      commands: ['echo x > kept.txt; exit 77'],
      keep: { outputs: ['kept.txt'], archive: true },
    });
    const { step, status } = await task.run();
    expect(step.code).toBe(77);
    expect(status).toMatchObject({ exitCode: 77, failure: null, outputs: [], archive: null });
    expect(task.broker.uploads.map(({ kind }) => kind)).toEqual(['log', 'status']);
  });

  it('uploads the status after everything else', async () => {
    const task = await prepare({
      commands: ['mkdir out; echo 1 > out/a; echo 2 > result.json'],
      keep: { outputs: ['out/'], resultFile: 'result.json', archive: true },
    });
    await task.run();
    const puts = task.broker.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(puts.length).toBeGreaterThan(4);
    expect(puts.at(-1)).toBe(`/objects/${encodeURIComponent('status/status.json')}`);
  });

  it('reports a deadline with the logs so far, and does not wait for the step', async () => {
    const task = await prepare({ commands: ['echo begun; sleep 600'], limits: { deadlineSeconds: 1 } });
    await task.stage();
    const warden = task.startWarden();
    const step = task.startStep();
    expect(await warden.ended).toMatchObject({ code: 0 });
    expect(step.child.exitCode).toBeNull();
    const status = await task.status();
    expect(status).toMatchObject({ exitCode: null, failure: { code: 'deadline' }, outputs: [] });
    expect(status.commands[0]?.stdout).toBe('begun\n');
  });

  it('reports a stop from outside with the logs so far', async () => {
    const task = await prepare({ commands: ['echo begun; sleep 600'] });
    await task.stage();
    const warden = task.startWarden();
    task.startStep();
    const log = join(task.log, '0.out');
    await expect.poll(() => readFile(log, 'utf8').catch(() => '')).toBe('begun\n');
    await expect.poll(task.metadataRequests).toBeGreaterThan(0);
    warden.child.kill('SIGTERM');
    expect(await warden.ended).toMatchObject({ code: 0 });
    const status = await task.status();
    expect(status).toMatchObject({ exitCode: null, failure: { code: 'stopped' } });
    expect(status.commands[0]?.stdout).toBe('begun\n');
  });

  it('does not report the signal of a stop from outside as the end of the step', async () => {
    const task = await prepare({ script: 'echo begun >"$FS_LOG/0.out"; exec sleep 600\n' });
    await task.stage();
    const warden = task.startWarden();
    const step = task.startStep();
    await expect.poll(task.metadataRequests).toBeGreaterThan(0);
    await task.stop(warden, step);
    expect(await step.ended).toMatchObject({ code: 143 });
    expect(await warden.ended).toMatchObject({ code: 0 });
    expect(await task.status()).toMatchObject({ exitCode: null, failure: { code: 'stopped' } });
  });

  it('reports the signal that killed a step as its exit code', async () => {
    const task = await prepare({ script: 'kill -KILL $$\n' });
    const { status } = await task.run();
    expect(status).toMatchObject({ exitCode: 137, failure: null });
  });

  it.each([
    ['is missing', 'exit 127'],
    ['is for another processor', 'exit 1'],
    ['is another program', 'exit 0'],
  ])('reports when the shell of the image %s', async (_what, end) => {
    const task = await prepare({ commands: ['true'], keep: { outputs: ['a'], archive: true } });
    const { status, warden } = await task.run(['/bin/sh', '-c', end]);
    expect(warden.code).toBe(0);
    expect(status).toMatchObject({ failure: { code: 'no-shell' }, outputs: [], archive: null, commands: [] });
  });

  it('does not report a signal as a missing shell', async () => {
    const task = await prepare({ commands: ['true'] });
    const { status } = await task.run(['/bin/sh', '-c', 'kill -KILL $$']);
    expect(status).toMatchObject({ exitCode: 137, failure: null });
  });

  it('uses the exit code of a step that removed the marker files of its script', async () => {
    const task = await prepare({ commands: ['sleep 0.5; rm -r "$FS_LOG"/*; exit 3'] });
    const { status } = await task.run();
    expect(status.exitCode).toBe(3);
  });

  it('ignores a marker file that a step creates itself', async () => {
    const task = await prepare({
      commands: [': > "$FS_LOG/end/mark"; sleep 0.3; echo x > late.txt; exit 3'],
    });
    const { status } = await task.run();
    expect(status.exitCode).toBe(3);
  });

  it('fails when the status cannot be stored', async () => {
    const task = await prepare({ commands: ['true'] });
    task.broker.failWith(({ path }) => (path === '/uploads' ? 403 : undefined));
    await task.stage();
    const warden = task.startWarden();
    task.startStep();
    const { code, output } = await warden.ended;
    expect(code).toBe(1);
    expect(output).toContain('refused');
  });
});

describe('the outputs of a step', () => {
  it('uploads declared files and folders and skips those that are missing', async () => {
    const task = await prepare({
      files: { 'static.txt': { content: 'as it was', protected: true } },
      commands: ['mkdir -p out/deep; echo 1 > out/deep/a.txt; echo 2 > out/b.txt; echo 3 > other.txt'],
      keep: { outputs: ['out/', 'static.txt', 'missing.txt', 'absent/'], tree: false },
    });
    const { status } = await task.run();
    expect(status.outputs).toEqual([
      { path: 'out/b.txt', size: 2, sha256: sha256('2\n') },
      { path: 'out/deep/a.txt', size: 2, sha256: sha256('1\n') },
      { path: 'static.txt', size: 9, sha256: sha256('as it was') },
    ]);
    expect(await task.broker.object('output/static.txt')).toEqual(Buffer.from('as it was'));
    expect(await task.broker.object('output/out/deep/a.txt')).toEqual(Buffer.from('1\n'));
    expect(task.broker.uploads.map(({ kind }) => kind).sort()).toEqual([
      ...['log', 'output', 'output', 'output', 'status'],
    ]);
  });

  it('uploads the result document separately', async () => {
    const task = await prepare({
      commands: ['printf \'{"score": 1}\' > result.json'],
      keep: { resultFile: 'result.json', tree: false },
    });
    const { status } = await task.run();
    expect(status.result).toEqual({ size: 12, sha256: sha256('{"score": 1}') });
    expect((await task.broker.object('result/result.json')).toString()).toBe('{"score": 1}');
  });

  it('packs the outputs, and only them, into an archive with relative names', async () => {
    const long = `${'sub/'.repeat(30)}größe.txt`;
    const task = await prepare({
      commands: [
        'mkdir -p results; echo Hello > results/greetings.txt; echo no > secret.txt',
        `mkdir -p "$(dirname '${long}')"; echo long > '${long}'; printf '#!/bin/sh\n' > run.sh; chmod 755 run.sh`,
      ],
      keep: { outputs: ['results/greetings.txt', 'sub/', 'run.sh'], archive: true, tree: false },
    });
    const { status } = await task.run();
    const archive = await task.broker.object('archive/run.tar.gz');
    expect(status.archive).toEqual({ size: archive.length, sha256: sha256(archive) });
    const file = join(task.ctl, 'downloaded.tar.gz');
    await writeFile(file, archive);
    const names = execFileSync('tar', ['--quoting-style=literal', '-tzf', file], { encoding: 'utf8' });
    expect(names.trim().split('\n')).toEqual(['results/greetings.txt', 'run.sh', long]);
    expect(execFileSync('tar', ['-xzOf', file, long], { encoding: 'utf8' })).toBe('long\n');
    const details = execFileSync('tar', ['--numeric-owner', '--utc', '-tvzf', file], { encoding: 'utf8' });
    expect(details).toMatch(/^-rw-r--r-- 0\/0 +6 1970-01-01 00:00 results\/greetings.txt$/m);
    expect(details).toMatch(/^-rwxr-xr-x 0\/0 +10 1970-01-01 00:00 run.sh$/m);
  });

  it('creates the same archive for the same outputs', async () => {
    const options = { commands: ['echo 1 > a; echo 2 > b'], keep: { outputs: ['b', 'a'], archive: true } };
    const first = await (await prepare(options)).run();
    const second = await (await prepare(options)).run();
    expect(first.status.archive?.sha256).toBe(second.status.archive?.sha256);
  });

  it('retries when the broker and the store fail temporarily', async () => {
    const task = await prepare({ commands: ['echo 1 > a.txt'], keep: { outputs: ['a.txt'] } });
    task.broker.failWith(({ path, method }, count) => {
      if (path === '/uploads' && count < 2) return 500;
      return method === 'PUT' && count < 1 ? 503 : undefined;
    });
    const { warden, status } = await task.run();
    expect(warden.code).toBe(0);
    expect(status.outputs).toHaveLength(1);
    expect((await task.broker.object('output/a.txt')).toString()).toBe('1\n');
  });

  it('requests a fresh link when one expired', async () => {
    const task = await prepare({ commands: ['echo 1 > a.txt'], keep: { outputs: ['a.txt'], tree: false } });
    task.broker.failWith(({ method }, count) => (method === 'PUT' && count < 1 ? 403 : undefined));
    await task.run();
    expect(task.broker.uploads.filter(({ kind }) => kind === 'output')).toHaveLength(2);
    expect((await task.broker.object('output/a.txt')).toString()).toBe('1\n');
  });
});
