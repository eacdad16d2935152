import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { labelsOf, NETWORK_CONTAINER } from '../../../ecs/engine/labels.ts';
import { stackIdentity } from '../../../ecs/engine/stack-identity.ts';
import { ContainerError, type OpenTask } from '../../../ecs/runner.ts';
import { createEngineRunner } from '../../../index.ts';
import { listen, stopListening } from '../../../listen.ts';
import { taskLaunch } from '../launch.ts';
import {
  IMAGE,
  isolationOf,
  makeImage,
  missing,
  NODE_IMAGE,
  newTaskId,
  script,
  startEngine,
  type TestEngine,
} from './podman.ts';

const inspection = z.tuple([z.object({ State: z.object({ Pid: z.number() }) })]);

let test: TestEngine;
const server = createServer((request, response) => response.end(`served ${request.headers.host}`));
const other = createServer((_, response) => response.end('served'));
let [endpoint, metadataEndpoint, otherEndpoint] = ['', '', ''];
beforeAll(async () => {
  if (missing) return;
  test = await startEngine();
  await makeImage(test.podman);
  await makeImage(test.podman, NODE_IMAGE, [], [process.execPath]);
  ({ endpoint } = await listen(server, '127.0.0.1', 0));
  ({ endpoint: metadataEndpoint } = await listen(
    createServer((_, response) => response.end('metadata')).unref(),
    '127.0.0.1',
    0,
  ));
  ({ endpoint: otherEndpoint } = await listen(other, '127.0.0.1', 0));
});
afterAll(async () => {
  await Promise.all([stopListening(server), stopListening(other)]);
  await test?.discard();
});

function runnerWith(image = NODE_IMAGE) {
  const { engine, workRoot } = test;
  const taskNetworks = { image, endpoints: async () => [endpoint, `${endpoint}/path`] };
  return createEngineRunner({
    ...{ engine, workRoot, isolationOf, taskNetworks, pull: 'missing' },
    onProgress: () => {},
  });
}

/** Runs scripts one after the other in the containers of one task; returns their outputs. */
async function outputs(opened: OpenTask, taskId: string, names: readonly string[], text: string) {
  const found: string[] = [];
  for (const name of names) {
    const running = await opened.start(script(`{ ${text}; } > out-${name} 2>/dev/null`, { name }));
    await running.exited;
    found.push(await readFile(join(test.workRoot, taskId, 'volumes', 'work', `out-${name}`), 'utf8'));
  }
  return found;
}

const open = (taskId: string, image?: string) =>
  runnerWith(image).openTask(
    taskLaunch({ taskId, volumes: ['work'], memoryMiB: 512, metadataEndpoint, containers: [script('')] }),
  );

/** The network namespace of a task. */
async function networkOf(taskId: string): Promise<string> {
  const name = `${taskId}-${NETWORK_CONTAINER}`;
  const [{ State }] = inspection.parse(JSON.parse(await test.podman.command('inspect', name)));
  return readlink(`/proc/${State.Pid}/ns/net`);
}

/** The processes of a network namespace. */
async function processesIn(network: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const own = pids.map(async (pid) => (await readlink(`/proc/${pid}/ns/net`).catch(() => '')) === network);
  const found = await Promise.all(own);
  return pids.filter((_, index) => found[index]);
}

const expectNothingLeft = async () => {
  expect((await readdir(test.workRoot)).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(await test.podman.command('ps', '--all', '--quiet')).toBe('');
};

describe.skipIf(missing)('the containers of a task with a network of its own', () => {
  it('all reach the services and their metadata endpoint, and nothing else', async () => {
    const taskId = newTaskId();
    const opened = await open(taskId);
    const get = (url: string) => `wget -q -O - ${url}/ || echo failed; echo`;
    const asked = [endpoint, metadataEndpoint, otherEndpoint].map(get).join('; ');
    const found = await outputs(opened, taskId, ['main', 'step', 'step-net'], `${asked}; ls /sys/class/net`);
    const network = await networkOf(taskId);
    const before = await processesIn(network);
    await opened.remove();

    const one = `served ${new URL(endpoint).host}\nmetadata\nfailed\n\nlo\n`;
    expect(found).toEqual([one, one, one]);
    expect(before).toHaveLength(1);
    expect(await processesIn(network)).toEqual([]);
    await expectNothingLeft();
  });

  it('share the network, and do not see the sockets behind it', async () => {
    const taskId = newTaskId();
    const opened = await open(taskId);
    const listener = await opened.start(script('nc -l -p 7777 -e echo heard', { name: 'main' }));
    const [found] = await outputs(
      opened,
      taskId,
      ['step'],
      'until nc 127.0.0.1 7777; do sleep 0.1; done; ls /network || echo none',
    );
    await listener.exited;
    await opened.remove();

    expect(found).toBe('heard\nnone\n');
  });

  it('are killed when their network is lost', async () => {
    const taskId = newTaskId();
    const opened = await open(taskId);
    const running = await opened.start(script('exec sleep 600', { name: 'main' }));
    await test.podman.command('kill', `${taskId}-${NETWORK_CONTAINER}`);

    expect(await running.exited).toBe(137);
    await opened.remove();
    await expectNothingLeft();
  });

  it('are removed before their network when a stack recovers', async () => {
    const taskId = newTaskId();
    const opened = await open(taskId);
    await opened.start(script('exec sleep 600', { name: 'main' }));
    const label = Object.entries(labelsOf(await stackIdentity(test.workRoot), taskId, NETWORK_CONTAINER))[0];
    const labelled = await test.podman.command('ps', '--quiet', '--filter', `label=${label?.join('=')}`);
    const network = await networkOf(taskId);
    await runnerWith().recover([]);

    expect(labelled.split('\n')).toHaveLength(2);
    expect(await processesIn(network)).toEqual([]);
    await expectNothingLeft();
    await opened.remove();
  });

  it('do not start if the image of the network has no Node.js, with a reason', async () => {
    const error = await open(newTaskId(), IMAGE).catch((reason) => reason);

    expect(error).toBeInstanceOf(ContainerError);
    expect(error).toMatchObject({ message: expect.stringContaining('node') });
    await expectNothingLeft();
  });

  it('do not start if a port cannot be opened, with a reason', async () => {
    const taskNetworks = { image: NODE_IMAGE, endpoints: async () => ['http://192.0.2.1:80'] };
    const { engine, workRoot } = test;
    const runner = createEngineRunner({
      ...{ engine, workRoot, isolationOf, taskNetworks, pull: 'missing' },
      onProgress: () => {},
    });
    const error = await runner.openTask(taskLaunch({ taskId: newTaskId() })).catch((reason) => reason);

    expect(error).toMatchObject({
      name: 'ResourceInitializationError',
      message: 'the container that holds the network of the task ended with exit code 1',
    });
    await expectNothingLeft();
  });
});

describe.skipIf(missing)('an engine on another machine', () => {
  it('is rejected, because it cannot reach the services', () => {
    const engine = { ...test.engine, hostNetwork: false };
    const trusted = test.runner;
    const taskNetworks = { image: NODE_IMAGE, endpoints: async () => [endpoint] };
    const create = () =>
      createEngineRunner({
        ...{ engine, workRoot: test.workRoot, isolationOf, taskNetworks, trusted, pull: 'missing' },
        onProgress: () => {},
      });

    expect(create).toThrow(/does not run on this machine itself/);
  });
});
