import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  container,
  describeTask,
  discard,
  fileText,
  isAlive,
  run,
  shell,
  startStack,
  stopped,
  type TestStack,
  taskPath,
} from './stack.ts';

let stack: TestStack;

beforeEach(async () => {
  stack = await startStack({ keep: true });
});
afterEach(() => discard(stack));

const output = (task: Task, name: string, stream = 'stdout') =>
  readFile(taskPath(stack, task, 'containers', name, `${stream}.log`), 'utf8');

/** Runs containers to their end, waits for the removal of what they left, and returns the task. */
async function runToEnd(...containers: Parameters<typeof run>[1]): Promise<Task> {
  const task = await run(stack, containers);
  const end = await stopped(stack, task.taskArn);
  // Closing waits for the files of the outputs.
  await stack.ecs.close();
  return end;
}

describe('environment of a container', () => {
  it('contains the variables of the definition and the overrides, but none of the stack', async () => {
    process.env.TEST_SECRET = 'of the parent';
    try {
      const task = await run(
        stack,
        [
          shell('main', 'env', {
            environment: [
              { name: 'A', value: 'definition' },
              { name: 'B', value: 'definition' },
            ],
          }),
        ],
        {
          overrides: {
            containerOverrides: [{ name: 'main', environment: [{ name: 'B', value: 'override' }] }],
          },
        },
      );
      await stopped(stack, task.taskArn);
      await stack.ecs.close();

      const lines = (await output(task, 'main')).trim().split('\n');
      const names = lines.map((line) => line.slice(0, line.indexOf('=')));
      // The shell itself sets PWD, OLDPWD, SHLVL and _.
      expect(names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)).sort()).toEqual([
        'A',
        'B',
        'ECS_CONTAINER_METADATA_URI_V4',
        'HOME',
        'LANG',
        'PATH',
        'TMPDIR',
      ]);
      expect(lines).toContain('A=definition');
      expect(lines).toContain('B=override');
      const folder = taskPath(stack, task, 'containers', 'main');
      expect(lines).toContain(`HOME=${folder}`);
      expect(lines).toContain(`TMPDIR=${join(folder, 'tmp')}`);
    } finally {
      delete process.env.TEST_SECRET;
    }
  });

  it('does not accept another metadata endpoint', async () => {
    const task = await runToEnd(
      shell('main', 'echo $ECS_CONTAINER_METADATA_URI_V4', {
        environment: [{ name: 'ECS_CONTAINER_METADATA_URI_V4', value: 'http://elsewhere/' }],
      }),
    );

    expect(await output(task, 'main')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v4\/[0-9a-f]{64}\n$/);
  });

  it('rewrites values that equal the path of a mount, and nothing else', async () => {
    const task = await runToEnd(
      shell('main', 'echo "$APP_WORK" "$LONGER" "$OTHER" "$1"', {
        command: ['echo "$APP_WORK" "$LONGER" "$OTHER" "$1"', 'sh', '/app/work'],
        environment: [
          { name: 'APP_WORK', value: '/app/work' },
          { name: 'LONGER', value: '/app/work/data' },
          { name: 'OTHER', value: '/app/ctl' },
        ],
      }),
    );

    const work = taskPath(stack, task, 'volumes', 'work');
    expect(await output(task, 'main')).toBe(`${work} /app/work/data /app/ctl /app/work\n`);
  });
});

describe('working directory', () => {
  it('is the folder of a mount, a folder below it, or a private folder of the container', async () => {
    const task = await runToEnd(
      shell('main', 'exit 0', {
        dependsOn: ['below', 'upwards', 'beside'].map((containerName) => ({
          containerName,
          condition: 'COMPLETE',
        })),
      }),
      shell('below', 'pwd', { essential: false, workingDirectory: '/app/work/a/b' }),
      shell('upwards', 'pwd', { essential: false, workingDirectory: '/app/work/../../etc' }),
      shell('beside', 'pwd', { essential: false, workingDirectory: '/app/worker' }),
    );

    expect(await output(task, 'below')).toBe(`${taskPath(stack, task, 'volumes', 'work', 'a', 'b')}\n`);
    expect(await output(task, 'upwards')).toBe(`${taskPath(stack, task, 'containers', 'upwards')}\n`);
    expect(await output(task, 'beside')).toBe(`${taskPath(stack, task, 'containers', 'beside')}\n`);
  });
});

describe('command', () => {
  it('runs without a shell, with its arguments as they are', async () => {
    const task = await runToEnd(
      shell('main', '', { entryPoint: ['printf', '%s\\n'], command: ['$HOME', '; exit 3', "it's", ''] }),
    );

    expect(container(task, 'main').exitCode).toBe(0);
    expect(await output(task, 'main')).toBe("$HOME\n; exit 3\nit's\n\n");
  });

  it('finds the Node of the stack first', async () => {
    const task = await runToEnd(
      shell('main', '', { entryPoint: ['node', '-p'], command: ['process.execPath'] }),
    );

    expect(await output(task, 'main')).toBe(`${process.execPath}\n`);
  });
});

describe('processes of a container', () => {
  it('end with it, while the task continues', async () => {
    const task = await run(stack, [
      shell('main', 'exec sleep 60'),
      shell('step', 'sleep 60 & echo $! > "$APP_WORK/left-behind"; exit 0', { essential: false }),
    ]);

    const pid = Number(await fileText(taskPath(stack, task, 'volumes', 'work', 'left-behind')));

    await expect.poll(() => isAlive(pid)).toBe(false);
    await expect.poll(async () => (await describeTask(stack, task.taskArn)).lastStatus).toBe('RUNNING');
  });

  it('end with it, even in the background', async () => {
    const task = await run(stack, [
      shell(
        'main',
        'sleep 60 & echo $! > "$APP_WORK/child"; (sleep 60 & echo $! > "$APP_WORK/grandchild"); exit 0',
      ),
    ]);

    await stopped(stack, task.taskArn);

    for (const name of ['child', 'grandchild']) {
      const pid = Number(await fileText(taskPath(stack, task, 'volumes', 'work', name)));
      await expect.poll(() => isAlive(pid)).toBe(false);
    }
  });

  it.runIf(process.platform === 'linux')('end with the task when they left the process group', async () => {
    const task = await run(stack, [
      shell(
        'main',
        'setsid sh -c \'echo $$ > "$APP_WORK/daemon"; exec sleep 60\' & until [ -s "$APP_WORK/daemon" ]; do sleep 0.02; done',
      ),
    ]);

    await stopped(stack, task.taskArn);

    const pid = Number(await fileText(taskPath(stack, task, 'volumes', 'work', 'daemon')));
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });

  it('end when the stack closes', async () => {
    const task = await run(stack, [
      shell('main', `trap '' TERM; echo $$ > "$APP_WORK/pid"; while :; do sleep 0.1; done`),
    ]);
    const pid = Number(await fileText(taskPath(stack, task, 'volumes', 'work', 'pid')));

    await stack.close();

    expect(await isAlive(pid)).toBe(false);
    stack = await startStack({ folder: stack.folder });
    const end = await stopped(stack, task.taskArn);
    expect(end).toMatchObject({ stopCode: 'TerminationNotice', lastStatus: 'STOPPED' });
    expect(container(end, 'main').exitCode).toBeUndefined();
  });
});

describe('folder of a task', () => {
  it('keeps the last 256 KiB of an output', async () => {
    const task = await runToEnd(
      shell('main', '', {
        entryPoint: ['node', '-e'],
        command: ['process.stdout.write("a".repeat(1e6) + "end"); console.error("e")'],
      }),
    );

    const text = await output(task, 'main');
    expect(text).toHaveLength(256 * 1024);
    expect(text.endsWith('aend')).toBe(true);
    expect(await output(task, 'main', 'stderr')).toBe('e\n');
  });

  it('is removed after the task, unless it is kept', async () => {
    const { folder } = stack;
    await stack.close();
    await rm(join(folder, 'work'), { recursive: true, force: true });
    stack = await startStack({ folder });
    const task = await run(stack, [shell('main', 'touch file')]);

    await stopped(stack, task.taskArn);
    await stack.ecs.close();

    expect((await readdir(join(folder, 'work'))).filter((entry) => !entry.startsWith('.'))).toEqual([]);
  });
});
