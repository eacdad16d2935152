import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { removeInContainer } from '../../../ecs/engine/task-folder.ts';
import { ContainerError } from '../../../ecs/runner.ts';
import { createEngineRunner, createProcessRunner } from '../../../index.ts';
import { listen, stopListening } from '../../../listen.ts';
import { taskLaunch } from '../launch.ts';
import {
  IMAGE,
  isolationOf,
  makeImage,
  missing,
  newTaskId,
  script,
  startEngine,
  type TestEngine,
} from './podman.ts';

/** An image with all settings of its own. */
const OWN = 'localhost/local-ecs-own:1';

let test: TestEngine;
beforeAll(async () => {
  if (missing) return;
  test = await startEngine();
  await makeImage(test.podman);
  await makeImage(test.podman, OWN, [
    'USER 1000:1000',
    'WORKDIR /tmp',
    'VOLUME /data',
    'ENV GREETING=hello',
    'ENTRYPOINT ["/bin/sh", "-c"]',
    'CMD ["echo $GREETING $(pwd) $(id -u) > /work/out"]',
  ]);
});
afterAll(() => test?.discard());

describe.skipIf(missing)('a container', () => {
  it('uses the settings of its image that the definition does not set', async () => {
    const own = { image: OWN, entryPoint: [], command: [], workingDirectory: undefined, environment: {} };
    // The volume belongs to root, as on Fargate.
    const opened = await test.runToEnd({ ...own, user: '0' });
    const kept = await test.runToEnd({ ...own, command: ['exit $(id -u | wc -c)'], name: 'step' });

    expect(opened.output).toBe('hello /tmp 0\n');
    expect(kept.exitCode).toBe('1000\n'.length);
  });

  it('has the command, environment, user and folder of its definition', async () => {
    const { output } = await test.runToEnd({
      command: ['echo "$A" "$(pwd)" "$(id -u):$(id -g)" "$1" > out', 'sh', 'an argument'],
      environment: { A: "it's" },
      user: '0:5',
    });

    expect(output).toBe("it's /work 0:5 an argument\n");
  });

  it('reports the exit code of its program, and the digest of its image', async () => {
    const { exitCode, reason, imageDigest } = await test.runToEnd({ command: ['exit 7'] });

    expect(exitCode).toBe(7);
    expect(reason).toBeUndefined();
    expect(imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('cannot write to a read-only mount, nor with a read-only root to anything but its volumes', async () => {
    const { output } = await test.runToEnd(
      {
        command: [
          'for f in /work /ctl /tmp /run /var/tmp /; do touch $f/x 2>/dev/null && echo $f; done > out',
        ],
        readonlyRootFilesystem: true,
        mounts: [
          { volume: 'work', containerPath: '/work', readOnly: false },
          { volume: 'ctl', containerPath: '/ctl', readOnly: true },
        ],
      },
      { volumes: ['work', 'ctl'] },
    );

    expect(output).toBe('/work\n');
  });

  it('does not have dropped capabilities, and cannot gain any when it is isolated', async () => {
    const status = (name: string, more = {}) =>
      test.runToEnd({ name, command: ["grep -E 'CapBnd|NoNewPrivs' /proc/self/status > out"], ...more });
    const plain = await status('main');
    const isolated = await status('step', { droppedCapabilities: ['NET_RAW', 'MKNOD'] });

    // Bits of capability.h: MKNOD is 27, NET_RAW is 13.
    const bounding = (text: string) => BigInt(`0x${/CapBnd:\s*(\w+)/.exec(text)?.[1]}`);
    expect(bounding(plain.output) & ((1n << 27n) | (1n << 13n))).not.toBe(0n);
    expect(bounding(isolated.output) & ((1n << 27n) | (1n << 13n))).toBe(0n);
    expect(plain.output).toContain('NoNewPrivs:\t0');
    expect(isolated.output).toContain('NoNewPrivs:\t1');
  });

  it('has the limit of open files of its definition', async () => {
    const { output } = await test.runToEnd({
      command: ['ulimit -Sn > out; ulimit -Hn >> out'],
      openFiles: { soft: 321, hard: 654 },
    });

    expect(output).toBe('321\n654\n');
  });

  it('reaches services on loopback when it is trusted, and no network when it is not', async () => {
    const server = createServer((_, response) => response.end('reached'));
    const { port } = await listen(server, '127.0.0.1', 0);
    const command = [
      `wget -q -O out http://127.0.0.1:${port}/ 2> err || { echo none > out; ls /sys/class/net >> out; }`,
    ];
    const trusted = await test.runToEnd({ command });
    const isolated = await test.runToEnd({ name: 'step', command });
    await stopListening(server);

    expect(trusted.output).toBe('reached');
    expect(isolated.output).toBe('none\nlo\n');
  });

  it("has the engine's own network, without the host's loopback, when it may use a network", async ({
    skip,
  }) => {
    const server = createServer((_, response) => response.end('reached'));
    const { port } = await listen(server, '127.0.0.1', 0);
    const command = [
      `ls /sys/class/net > out; wget -q -O - http://127.0.0.1:${port}/ >> out 2>/dev/null; exit 0`,
    ];
    const end = await test.runToEnd({ name: 'step-net', command }).catch((error: Error) => error);
    await stopListening(server);
    if (end instanceof Error) skip(`podman cannot create a network here: ${end.message}`);
    else expect(end.output).toMatch(/^eth0\nlo\n$/);
  });

  it('is killed with a reason when the memory of its task runs out', async () => {
    const end = await test.runToEnd({ command: ['tail /dev/zero; exit $?'] }, { memoryMiB: 64 });

    expect(end.exitCode).toBe(137);
    if (test.engine.machine.limits.memory) {
      expect(end.reason).toBe('OutOfMemoryError: container killed due to memory usage');
    }
  });

  it('leaves nothing of its task behind, even if its files belong to other users', async () => {
    await test.runToEnd({
      name: 'step',
      command: ['mkdir -p a/b; touch a/b/c; chmod 0 a/b; mkdir mine; chmod 700 mine'],
      user: '0',
    });

    expect((await readdir(test.workRoot)).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(await test.podman.command('ps', '--all', '--quiet')).toBe('');
    expect(await test.podman.command('volume', 'ls', '--quiet')).toBe('');
  });

  it('does not start when its program is missing, with the reason of the engine', async () => {
    const error = await test.runToEnd({ entryPoint: ['/bin/missing'], initProcess: false }).catch((e) => e);

    expect(error).toBeInstanceOf(ContainerError);
    expect(error).toMatchObject({
      name: 'CannotStartContainerError',
      message: expect.stringContaining('/bin/missing'),
    });
  });

  it('does not start when its registry cannot be reached', async () => {
    const error = await test.runToEnd({ image: '127.0.0.1:1/none:1' }).catch((e) => e);

    expect(error).toBeInstanceOf(ContainerError);
    expect(error).toMatchObject({
      name: 'CannotPullContainerError',
      message: expect.stringMatching(/^failed to resolve ref 127\.0\.0\.1:1\/none:1: .*connection refused/),
    });
  });
});

describe.skipIf(missing)("an engine without the host's network", () => {
  it('runs only isolated containers, with the volumes of the containers that another runner runs', async () => {
    const processes = createProcessRunner({ workRoot: test.workRoot });
    const runner = createEngineRunner({
      engine: { ...test.engine, hostNetwork: false },
      workRoot: test.workRoot,
      isolationOf,
      pull: 'missing',
      onProgress: () => {},
      trusted: processes,
    });
    const [main, step] = [
      script('', { name: 'main', command: ['sleep 0.1; cat in; exit 3'], environment: { W: '/work' } }),
      script('echo $(cat in) of $(id -u) > out; mkdir own; touch own/file', { name: 'step' }),
    ];
    const taskId = newTaskId();
    const opened = await runner.openTask(taskLaunch({ taskId, volumes: ['work'], containers: [main, step] }));
    const folder = join(test.workRoot, taskId, 'volumes', 'work');
    await writeFile(join(folder, 'in'), 'text');
    const ends = [await opened.start(main), await opened.start(step)];
    const codes = await Promise.all(ends.map(({ exited }) => exited));
    const output = await readFile(join(folder, 'out'), 'utf8');
    await opened.remove();
    await processes.close();

    expect(codes).toEqual([3, 0]);
    expect(ends.map(({ imageDigest }) => imageDigest === undefined)).toEqual([true, false]);
    expect(output).toBe('text of 0\n');
    expect((await readdir(test.workRoot)).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});

describe.skipIf(missing)('files that the user of the stack cannot remove', () => {
  it('are removed by a container of an image of the task', async () => {
    const folder = join(test.workRoot, newTaskId());
    const closed = join(folder, 'volumes', 'work', 'closed');
    await mkdir(closed, { recursive: true });
    await writeFile(join(closed, 'file'), '');
    await chmod(closed, 0);
    await chown(closed, 1000, 1000);
    const image = await test.engine.api.call({ method: 'GET', path: `/images/${IMAGE}/json` });
    await removeInContainer(test.engine, folder, [z.object({ Id: z.string() }).parse(image).Id]);

    expect(await readdir(join(folder, 'volumes'))).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

describe.skipIf(missing)('twenty tasks at the same time', () => {
  it('all run', async () => {
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, index) => test.runToEnd({ name: 'step', command: [`exit ${index}`] })),
    );

    expect(ends.map(({ exitCode }) => exitCode)).toEqual(ends.map((_, index) => index));
  });
});
