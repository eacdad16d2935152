import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { processStart } from '../../ecs/process-identity.ts';
import { createProcessRunner } from '../../ecs/process-runner.ts';
import { container, describeTask, isAlive, startStack } from './stack.ts';

const CRASHING_STACK = fileURLToPath(new URL('./crashing-stack.ts', import.meta.url));
const report = z.object({ taskArn: z.string(), pids: z.array(z.number()).length(4) });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-recovery-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a stack in its own process until its task runs, and kills it. */
async function crash() {
  const child = spawn(process.execPath, [CRASHING_STACK, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return report.parse(JSON.parse(String(line)));
}

describe.runIf(process.platform === 'linux')('recovery after a crash of the stack', () => {
  it('removes the processes and folders of its tasks, and marks the tasks STOPPED', async () => {
    const { taskArn, pids } = await crash();
    const [child, daemon, leader, orphan] = pids;
    const stack = await startStack({ folder });
    await expect(stack.ecs.waitForTask(taskArn, AbortSignal.timeout(1000))).rejects.toMatchObject({
      name: 'ServerException',
    });
    expect(await Promise.all([child, daemon, leader, orphan].map((pid) => isAlive(pid ?? 0)))).toEqual(
      Array(4).fill(true),
    );

    await stack.ecs.recover();

    for (const pid of pids) await expect.poll(() => isAlive(pid)).toBe(false);
    const task = await describeTask(stack, taskArn);
    expect(task).toMatchObject({
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      stopCode: 'TerminationNotice',
      stoppedReason: 'The local stack ended while the task was running',
    });
    for (const name of ['main', 'orphaning', 'waiting']) {
      expect(container(task, name).lastStatus).toBe('STOPPED');
      expect(container(task, name).exitCode).toBeUndefined();
    }
    expect(container(task, 'ended').exitCode).toBe(6);
    expect(await stack.ecs.waitForTask(taskArn, AbortSignal.timeout(1000))).toMatchObject({
      TaskArn: taskArn,
    });
    expect((await readdir(join(folder, 'work'))).filter((entry) => !entry.startsWith('.'))).toEqual([]);
    await stack.close();
  });

  it('does not end another process that has the number of a recorded one', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const exited = once(innocent, 'exit');
    await once(innocent, 'spawn');
    const pid = innocent.pid ?? 0;
    const runner = createProcessRunner({ workRoot: join(folder, 'work') });
    const leftover = (startedAt: string) => [
      { taskId: 'a'.repeat(32), metadataId: 'f'.repeat(64), handle: JSON.stringify({ pid, startedAt }) },
    ];

    await runner.recover(leftover('another boot:1'));
    const afterWrongStart = await isAlive(pid);
    await runner.recover(leftover(processStart(pid) ?? ''));
    await exited;
    await runner.close();

    expect(afterWrongStart).toBe(true);
    expect(innocent.signalCode).toBe('SIGKILL');
  });
});
