import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { findControlGroups, removeControlGroups } from '../../ecs/sandbox/control-groups.ts';
import { findGroupFolders } from '../../ecs/sandbox/group-folders.ts';
import { findSandboxes, useSandbox } from './sandboxes.ts';
import { isAlive } from './stack.ts';

const sandboxes = await findSandboxes();
const CHECK = 'availability check of a test';
const hasGroups = (await findControlGroups(CHECK)) !== undefined;
await removeControlGroups(CHECK);
const { openTask, output, start, atEnd, workRoot } = useSandbox();

/** A program that prints how many processes it could start at the same time. */
const COUNT_PROCESSES = `python3 -c '
import os, time
count = 0
try:
    while count < 2000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        count += 1
except OSError:
    pass
print(count)'`;

describe.each(sandboxes.map((sandbox) => [sandbox.kind, sandbox] as const))('a task in %s', (_, sandbox) => {
  it.runIf(hasGroups)('cannot use more memory than its definition sets', async () => {
    const { exitCode } = await output(sandbox, `exec python3 -c 'b"1" * (400 << 20)'`, { memoryMiB: 128 });

    expect(exitCode).toBe(137);
  });

  it.runIf(hasGroups)('leaves no control group when its runner is closed', async () => {
    const { opened, runner } = await openTask(sandbox);
    const groups = await findControlGroups(workRoot());
    const group = await groups?.open('another', { memoryBytes: 2 ** 28, processes: 10, cpuUnits: 256 });
    // Each is `<folder of the runner>/another/cgroup.procs`.
    const folders = (group?.joins ?? []).map((file) => dirname(dirname(file)));
    await group?.remove();
    await (await start(opened, 'exit 0')).exited;
    const before = folders.filter((folder) => existsSync(folder));
    await opened.remove();
    await runner.close();

    expect(folders.length).toBeGreaterThan(0);
    expect(before).toEqual(folders);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  it.runIf(hasGroups)('cannot have more than 1,024 processes', async () => {
    const { printed } = await output(sandbox, COUNT_PROCESSES, { memoryMiB: 2048 });

    expect(Number(printed)).toBeGreaterThan(900);
    expect(Number(printed)).toBeLessThan(1024);
  });

  it.each([
    ['its file', 'head -c 300000000 /dev/zero >file'],
    ['a removed file that it keeps open', 'exec 5>file; rm file; head -c 300000000 /dev/zero >&5'],
  ])('is ended when %s uses most of a disk with little free space', async (_how, program) => {
    const { opened } = await openTask(sandbox, { diskReserveBytes: Number.MAX_SAFE_INTEGER });
    const running = await start(opened, `${program}; exec sleep 60`);

    expect(await running.exited).toBe(137);
    await opened.remove();
  });
});

describe.runIf(hasGroups && sandboxes.length > 0)('recovery', () => {
  it('kills the processes in the control groups of a killed server', async () => {
    const [sandbox] = sandboxes;
    const groups = await findControlGroups(workRoot());
    const group = await groups?.open('left', { memoryBytes: 2 ** 28, processes: 10, cpuUnits: 256 });
    if (!group || !sandbox) throw new Error('control groups or a sandbox are missing');
    const joining = 'for file; do echo 0 >"$file"; done; exec sleep 60';
    const child = spawn('/bin/sh', ['-c', joining, 'sh', ...group.joins]);
    const [members = ''] = group.joins;
    await expect.poll(() => readFile(members, 'utf8')).toContain(String(child.pid));
    const isolation = { sandbox, isolationOf: () => ({ network: false }) };
    const runner = createProcessRunner({ workRoot: workRoot(), isolation });
    atEnd(() => runner.close());

    await runner.recover([]);

    await expect.poll(() => isAlive(child.pid ?? 0)).toBe(false);
    await expect(readFile(members)).rejects.toThrow('ENOENT');
  });
});

describe('control groups', () => {
  it('of version 1 are below those of the process', () => {
    const mountinfo = [
      '22 1 8:1 / / rw - ext4 /dev/sda rw',
      '35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
      '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
      '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    ].join('\n');
    const membership = '8:pids:/\n4:memory:/docker/abc/own\n2:cpu,cpuacct:/user\n0::/\n';

    expect(findGroupFolders(mountinfo, membership)).toEqual({
      version: 1,
      memory: '/sys/fs/cgroup/memory/own',
      pids: '/sys/fs/cgroup/pids',
      cpu: '/sys/fs/cgroup/cpu,cpuacct/user',
    });
  });

  it('of version 2 are at the top, with a limit of memory and processes and a weight', async () => {
    const folders = findGroupFolders(
      '41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
      '0::/user.slice\n',
    );
    expect(folders).toEqual({ version: 2, parent: '/sys/fs/cgroup' });
    // A plain folder, because the host of this test may have only version 1.
    const parent = join(workRoot(), 'cgroup');
    await mkdir(parent);
    const groups = await findControlGroups('owner', { version: 2, parent });
    const group = await groups?.open('task', { memoryBytes: 2 ** 30, processes: 100, cpuUnits: 1024 });

    const base = join(group?.joins[0] ?? '', '..');
    expect(await readFile(join(parent, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu');
    expect(await readFile(join(base, 'memory.max'), 'utf8')).toBe(String(2 ** 30));
    expect(await readFile(join(base, 'pids.max'), 'utf8')).toBe('100');
  });

  it('are undefined if they cannot be created', async () => {
    const parent = join(workRoot(), 'file');
    await writeFile(parent, '');

    expect(await findControlGroups('owner', { version: 2, parent })).toBeUndefined();
    expect(findGroupFolders('', '')).toBeUndefined();
  });
});
