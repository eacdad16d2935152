import { readdir, writeFile } from 'node:fs/promises';
import { type ContainerDefinition, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEngineRunner, findEngine } from '../../../index.ts';
import {
  container,
  containerStatus,
  fileText,
  run,
  shell,
  startStack,
  stopped,
  type TestStack,
  taskPath,
} from '../stack.ts';
import {
  IMAGE,
  isolationOf,
  killService,
  makeImage,
  makePodman,
  missing,
  type TestPodman,
} from './podman.ts';

let podman: TestPodman;
let stack: TestStack;
let engine: Awaited<ReturnType<typeof findEngine>>;

beforeAll(async () => {
  if (missing) return;
  podman = await makePodman();
  await makeImage(podman);
});
afterAll(() => podman?.discard());

/** Starts a stack with the podman of the test, in a new folder or that of an earlier stack. */
async function startOnPodman(folder?: string): Promise<void> {
  engine = await findEngine({ env: podman.env, dataDir: podman.folder });
  const workRoot = `${folder ?? podman.folder}/work`;
  const runner = createEngineRunner({ engine, workRoot, isolationOf, pull: 'missing', onProgress: () => {} });
  stack = await startStack({ folder: folder ?? podman.folder, runner });
}

const inImage = (name: string, text: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition =>
  shell(name, text, { image: IMAGE, linuxParameters: { initProcessEnabled: true }, ...more });

const workFile = (task: Task, name: string) => taskPath(stack, task, 'volumes', 'work', name);

describe.skipIf(missing)('a task in containers', () => {
  beforeEach(() => startOnPodman());
  afterEach(async () => {
    await stack.close();
    await engine.close();
  });

  it('shares its volumes, follows the order of its containers, and records what ran', async () => {
    const task = await run(stack, [
      inImage('main', '[ "$(cat order)" = first ] || exit 9', {
        dependsOn: [{ containerName: 'first', condition: 'COMPLETE' }],
      }),
      inImage('first', 'echo first > order', { essential: false }),
    ]);
    const end = await stopped(stack, task.taskArn);

    expect(end).toMatchObject({ stopCode: 'EssentialContainerExited' });
    expect(container(end, 'main')).toMatchObject({
      exitCode: 0,
      imageDigest: expect.stringMatching(/^sha256:/),
    });
    await stack.ecs.close();
    expect((await readdir(`${podman.folder}/work`)).filter((name) => !name.startsWith('.'))).toEqual([]);
  });

  it('kills a container after its stop timeout', async () => {
    const task = await run(stack, [
      inImage('main', 'trap "sleep 0.3; exit 5" TERM; while :; do sleep 0.1; done'),
      inImage('deaf', 'trap "" TERM; echo > ready2; while :; do sleep 0.1; done', {
        essential: false,
        stopTimeout: 2,
      }),
    ]);
    await fileText(workFile(task, 'ready2'));
    await stack.client.send(new StopTaskCommand({ cluster: 'app', task: task.taskArn }));
    const end = await stopped(stack, task.taskArn);

    expect(container(end, 'main').exitCode).toBe(5);
    expect(container(end, 'deaf').exitCode).toBe(137);
    expect(container(end, 'deaf').reason).toBeUndefined();
  });

  it('continues when the service of the engine is killed and restarts', async () => {
    const task = await run(stack, [
      inImage('main', 'echo > ready; until [ -e killed ]; do sleep 1; done; exit 4'),
    ]);
    await fileText(workFile(task, 'ready'));
    const status = () => containerStatus(stack, task.taskArn, 'main');
    await expect.poll(status, { timeout: 15_000 }).toBe('RUNNING');
    await killService(podman);
    await writeFile(workFile(task, 'killed'), '');
    const end = await stopped(stack, task.taskArn);

    const { exitCode, reason } = container(end, 'main');
    expect({ exitCode, reason }).toEqual({ exitCode: 4, reason: undefined });
  });

  it('stops without exit codes when its engine is gone, and the next start removes its containers', async () => {
    const task = await run(stack, [inImage('main', 'echo > ready; sleep 600')]);
    await fileText(workFile(task, 'ready'));
    await engine.close();
    const end = await stopped(stack, task.taskArn);
    const left = await podman.command('ps', '--quiet');
    await stack.close();
    await startOnPodman();
    await stack.ecs.recover();

    expect(end).toMatchObject({ stopCode: 'TerminationNotice' });
    expect(container(end, 'main').exitCode).toBeUndefined();
    expect(container(end, 'main').reason).toMatch(/^CannotInspectContainerError: Podman .* at unix:/);
    expect(left).not.toBe('');
    expect(await podman.command('ps', '--all', '--quiet')).toBe('');
  });
});
