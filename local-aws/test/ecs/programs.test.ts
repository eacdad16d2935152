import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { containerLaunch, taskLaunch } from './launch.ts';

/** Which program a container's process runs. */
describe('search path', () => {
  it('has a python if the host has only python3, after Node and before the rest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'local-path-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'python3'), '#!/bin/sh\necho "python3 as $0"\n');
    await chmod(join(bin, 'python3'), 0o755);
    await symlink('/bin/sh', join(bin, 'sh'));
    const workRoot = join(folder, 'work');
    const runner = createProcessRunner({ workRoot, path: bin, keep: true });
    const opened = await runner.openTask(taskLaunch());

    const launched = await opened.start(
      containerLaunch({ entryPoint: ['sh', '-c'], command: ['python; echo "$PATH"'] }),
    );
    const exitCode = await launched.exited;
    await opened.remove();
    await runner.close();

    const tools = join(workRoot, '.tools');
    const text = await readFile(join(workRoot, 'a'.repeat(32), 'containers', 'main', 'stdout.log'), 'utf8');
    expect(exitCode).toBe(0);
    expect(text).toBe(`python3 as ${join(tools, 'python')}\n${dirname(process.execPath)}:${tools}:${bin}\n`);
    await rm(folder, { recursive: true });
  });
});

describe('a trusted program', () => {
  it('is evaluated if its text is the given one, unlike any other program', async () => {
    const text = 'process.stdout.write(String(process.env.HOME !== undefined)); process.exit(3)';
    const workRoot = await mkdtemp(join(tmpdir(), 'local-evaluated-'));
    const runner = createProcessRunner({ workRoot, evaluated: text });
    const opened = await runner.openTask(taskLaunch());
    const start = (name: string, ...command: string[]) =>
      opened.start(containerLaunch({ name, entryPoint: ['node', '-e'], command }));

    const trusted = await start('trusted', text, 'stage');
    const other = await start('other', `${text};`);

    expect([await trusted.exited, await other.exited]).toEqual([3, 3]);
    expect(JSON.parse(trusted.handle)).toEqual({});
    expect(JSON.parse(other.handle)).toHaveProperty('pid');
    await opened.remove();
    await runner.close();
    await rm(workRoot, { recursive: true });
  });
});
