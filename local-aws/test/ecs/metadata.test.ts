import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  container,
  discard,
  fileText,
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

const documents = z.object({
  TaskARN: z.string(),
  KnownStatus: z.string(),
  DesiredStatus: z.string(),
  Limits: z.unknown(),
  Family: z.string(),
  Revision: z.string(),
  Containers: z.array(
    z.looseObject({ Name: z.string(), KnownStatus: z.string(), ExitCode: z.number().optional() }),
  ),
});

/** Waits, as a warden does, until the container `step` is STOPPED, and writes the document to a file. */
const WATCH = `
  const { writeFileSync } = require('node:fs');
  (async () => {
    for (;;) {
      const task = await (await fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + '/task')).json();
      const step = task.Containers.find((container) => container.Name === 'step');
      if (step?.KnownStatus === 'STOPPED') {
        writeFileSync(process.env.APP_WORK + '/seen', JSON.stringify(task));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
`;

const warden = () => shell('warden', '', { entryPoint: ['node', '-e'], command: [WATCH] });

describe('metadata endpoint', () => {
  it('shows a container the exit code of a sibling that ended', async () => {
    const task = await run(stack, [
      warden(),
      shell('step', 'exit 42', {
        essential: false,
        dependsOn: [{ containerName: 'warden', condition: 'START' }],
      }),
    ]);

    const end = await stopped(stack, task.taskArn);

    const seen = documents.parse(
      JSON.parse(await readFile(taskPath(stack, task, 'volumes', 'work', 'seen'), 'utf8')),
    );
    expect(seen).toMatchObject({
      TaskARN: task.taskArn,
      KnownStatus: 'RUNNING',
      DesiredStatus: 'RUNNING',
      Limits: { CPU: 0.25, Memory: 512 },
      Family: 'app-test',
      Revision: '1',
    });
    expect(seen.Containers).toMatchObject([
      { Name: 'warden', KnownStatus: 'RUNNING' },
      { Name: 'step', KnownStatus: 'STOPPED', ExitCode: 42 },
    ]);
    expect(seen.Containers[0]).not.toHaveProperty('ExitCode');
    expect(container(end, 'warden').exitCode).toBe(0);
  });

  it('shows a sibling that could not start as STOPPED without an exit code', async () => {
    const task = await run(stack, [
      warden(),
      shell('step', '', { essential: false, entryPoint: ['/no/such/program'] }),
    ]);

    await stopped(stack, task.taskArn);

    const seen = documents.parse(
      JSON.parse(await readFile(taskPath(stack, task, 'volumes', 'work', 'seen'), 'utf8')),
    );
    expect(seen.Containers[1]).toMatchObject({ Name: 'step', KnownStatus: 'STOPPED' });
    expect(seen.Containers[1]).not.toHaveProperty('ExitCode');
  });

  it('describes each container to itself, and rejects a request without the id', async () => {
    const note = 'echo $ECS_CONTAINER_METADATA_URI_V4 > "$APP_WORK/$0"; exec sleep 60';
    const task = await run(stack, [
      shell('one', note, { command: [note, 'one'] }),
      shell('two', note, { command: [note, 'two'], essential: false }),
    ]);
    const one = await fileText(taskPath(stack, task, 'volumes', 'work', 'one'));
    const two = await fileText(taskPath(stack, task, 'volumes', 'work', 'two'));

    const about = async (uri: string) => (await fetch(uri)).json();
    // The container may send its request before its start is recorded.
    await expect.poll(() => about(two)).toMatchObject({ KnownStatus: 'RUNNING' });
    const own = await about(two);
    const wrongId = await fetch(one.replace(/[0-9a-f]{64}$/, '0'.repeat(64)));
    const posted = await fetch(one, { method: 'POST' });

    expect(one).not.toBe(two);
    expect(own).toMatchObject({
      Name: 'two',
      KnownStatus: 'RUNNING',
      Type: 'NORMAL',
      Labels: { 'com.amazonaws.ecs.task-arn': task.taskArn, 'com.amazonaws.ecs.container-name': 'two' },
    });
    expect(wrongId.status).toBe(404);
    expect(posted.status).toBe(405);
    await stack.ecs.stopTask(task.taskArn, 'seen');
    await stopped(stack, task.taskArn);
    expect((await fetch(one)).status).toBe(404);
  });
});
