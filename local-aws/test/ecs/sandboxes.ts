import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { removeTree } from '../../ecs/remove-tree.ts';
import type { ContainerLaunch, OpenTask, RunningContainer } from '../../ecs/runner.ts';
import { probe } from '../../ecs/sandbox/probe.ts';
import { findSandbox, type Sandbox } from '../../ecs/sandbox/sandbox.ts';
import { unshare } from '../../ecs/sandbox/unshare.ts';
import { containerLaunch, taskLaunch } from './launch.ts';

/** Every sandbox that works on this host: bubblewrap, and util-linux even if bubblewrap is preferred. */
export async function findSandboxes(): Promise<Sandbox[]> {
  const first = await findSandbox().catch((error: Error) => {
    process.stderr.write(`The tests of sandboxes are skipped: ${error.message}\n`);
  });
  if (!first || first.kind === 'unshare') return first ? [first] : [];
  const command = unshare();
  const faults = await probe(first.choice, command);
  return faults.length === 0 ? [first, { kind: 'unshare', choice: first.choice, command }] : [first];
}

interface Given {
  readonly network?: boolean;
  readonly memoryMiB?: number;
  readonly diskReserveBytes?: number;
}

/** Tasks in a folder per test, with the volumes `work` and `ctl`; a container called `trusted` is a plain process. */
export function useSandbox() {
  const closings: (() => unknown)[] = [];
  let folder: string | undefined;
  const workRoot = (): string => {
    if (folder === undefined) throw new Error('the folder exists only while a test runs');
    return folder;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-sandbox-'));
  });
  afterEach(async () => {
    for (const close of closings.splice(0)) await close();
    await removeTree(workRoot());
  });

  const openTask = async (sandbox: Sandbox, given: Given = {}) => {
    const { network = false, memoryMiB = 512, ...isolation } = given;
    const isolationOf = ({ name }: { name: string }) => (name === 'trusted' ? undefined : { network });
    const runner = createProcessRunner({
      workRoot: workRoot(),
      isolation: { sandbox, isolationOf, ...isolation },
    });
    closings.push(() => runner.close());
    const opened = await runner.openTask(taskLaunch({ volumes: ['work', 'ctl'], memoryMiB }));
    const volume = (...path: string[]) => join(workRoot(), 'a'.repeat(32), 'volumes', ...path);
    await writeFile(volume('ctl', 'given'), 'given\n');
    return { runner, opened, volume };
  };

  /** A shell script in the volume `work`, with `ctl` mounted read-only. */
  const script = (text: string, more: Partial<ContainerLaunch> = {}) =>
    containerLaunch({
      entryPoint: ['/bin/sh', '-c'],
      command: [text],
      workingDirectory: '/app/work',
      mounts: [
        { volume: 'work', containerPath: '/app/work', readOnly: false },
        { volume: 'ctl', containerPath: '/app/ctl', readOnly: true },
      ],
      ...more,
    });

  return {
    workRoot,
    openTask,
    script,
    atEnd: (close: () => unknown) => void closings.push(close),
    start: (opened: OpenTask, text: string): Promise<RunningContainer> => opened.start(script(text)),
    /** Runs a script to its end, and returns its output. */
    async output(sandbox: Sandbox, text: string, given: Given = {}, more: Partial<ContainerLaunch> = {}) {
      const { opened, volume } = await openTask(sandbox, given);
      const running = await opened.start(script(`{ ${text}\n} >/app/work/printed 2>&1`, more));
      const exitCode = await running.exited;
      const printed = await readFile(volume('work', 'printed'), 'utf8').catch(() => '');
      await opened.remove();
      return { exitCode, printed, lines: printed.trim().split('\n') };
    },
  };
}
