import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createEngineRunner, findEngine } from '../../../index.ts';
import { container, describeTask, startStack } from '../stack.ts';
import { isolationOf, makeImage, makePodman, missing, servicesOf, type TestPodman } from './podman.ts';

const CRASHING_STACK = fileURLToPath(new URL('./crashing-engine-stack.ts', import.meta.url));
const report = z.object({ taskArn: z.string() });

let podman: TestPodman;
beforeAll(async () => {
  if (missing) return;
  podman = await makePodman();
  await makeImage(podman);
});
afterAll(() => podman?.discard());

/** Runs a stack in its own process until its task runs, and kills it. */
async function crash(folder: string): Promise<string> {
  await mkdir(folder);
  const child = spawn(process.execPath, [CRASHING_STACK, folder], {
    env: podman.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return report.parse(JSON.parse(String(line))).taskArn;
}

/** Describes a task after the stack of a folder restarted. */
async function recovered(folder: string, taskArn: string): Promise<Task> {
  const engine = await findEngine({ env: podman.env, dataDir: folder });
  const workRoot = `${folder}/work`;
  const runner = createEngineRunner({ engine, workRoot, isolationOf, pull: 'missing', onProgress: () => {} });
  const stack = await startStack({ folder, runner });
  await stack.ecs.recover();
  const task = await describeTask(stack, taskArn);
  await stack.close();
  await engine.close();
  return task;
}

const running = async () =>
  (await podman.command('ps', '--format', '{{.Names}}')).split('\n').filter(Boolean);

describe.skipIf(missing)('recovery after a crash of the stack', () => {
  it('removes the containers and folders of its own tasks, and no others', async () => {
    const [one, second, copy] = [`${podman.folder}/1`, `${podman.folder}/2`, `${podman.folder}/3`];
    const firstArn = await crash(one);
    // The service ends with the process that started it.
    await expect.poll(() => servicesOf(podman)).toEqual([]);
    const secondArn = await crash(second);
    await expect.poll(() => existsSync(`${second}/engine`)).toBe(false);
    await cp(second, copy, { recursive: true });
    const before = await running();
    const task = await recovered(copy, secondArn);
    const afterCopy = await running();
    const first = await recovered(one, firstArn);

    expect(before).toHaveLength(2);
    expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TerminationNotice' });
    expect(afterCopy).toEqual(before);
    expect(first).toMatchObject({ lastStatus: 'STOPPED' });
    expect(container(first, 'main').exitCode).toBeUndefined();
    expect((await readdir(`${one}/work`)).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(await running()).toHaveLength(1);
    expect(await recovered(second, secondArn)).toMatchObject({ lastStatus: 'STOPPED' });
    expect(await running()).toEqual([]);
  });
});
