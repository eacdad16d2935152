import { readFile } from 'node:fs/promises';
import { StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskStateChange } from '../../ecs/task-events.ts';
import {
  container,
  containerStatus,
  describeTask,
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
let events: TaskStateChange[];

beforeEach(async () => {
  events = [];
  stack = await startStack({ keep: true, emit: (event) => events.push(event) });
});
afterEach(() => discard(stack));

const workFile = (task: Task, name: string) => taskPath(stack, task, 'volumes', 'work', name);

/** A command that appends the container's name to a file that all containers of the task see. */
const note = (name: string) => `echo ${name} >> "$APP_WORK/order"`;

/**
 * A script that notes SIGTERM and ends with 143. `sleep` runs in the background, because the shell would wait for it
 * before it handles the signal.
 */
const waiting = (name: string) =>
  `trap '${note(`stop-${name}`)}; exit 143' TERM; ${note(`start-${name}`)}; while :; do sleep 60 & wait; done`;

describe('container order', () => {
  it('starts containers when START, COMPLETE and SUCCESS of those they depend on are met', async () => {
    const task = await run(stack, [
      shell('last', note('last'), {
        dependsOn: [
          { containerName: 'checked', condition: 'SUCCESS' },
          { containerName: 'beside', condition: 'START' },
        ],
      }),
      shell('checked', `sleep 0.05; ${note('checked')}`, {
        essential: false,
        dependsOn: [{ containerName: 'failing', condition: 'COMPLETE' }],
      }),
      shell('failing', `sleep 0.05; ${note('failing')}; exit 4`, { essential: false }),
      shell('beside', 'exec sleep 60', {
        essential: false,
        dependsOn: [{ containerName: 'failing', condition: 'COMPLETE' }],
      }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect((await readFile(workFile(task, 'order'), 'utf8')).split('\n')).toEqual([
      'failing',
      'checked',
      'last',
      '',
    ]);
    expect(container(end, 'failing').exitCode).toBe(4);
    expect(container(end, 'checked').exitCode).toBe(0);
    expect(container(end, 'last').exitCode).toBe(0);
    expect(container(end, 'beside').exitCode).toBe(143);
  });

  it('does not run a container whose dependency missed SUCCESS, and reports no exit code for it', async () => {
    const task = await run(stack, [
      shell('main', 'while [ ! -e "$APP_WORK/done" ]; do sleep 0.02; done; sleep 1'),
      shell('stage', 'touch "$APP_WORK/done"; exit 1', { essential: false }),
      shell('step', note('step'), {
        essential: false,
        dependsOn: [{ containerName: 'stage', condition: 'SUCCESS' }],
      }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect(container(end, 'step')).toMatchObject({ lastStatus: 'STOPPED' });
    expect(container(end, 'step').exitCode).toBeUndefined();
    expect(container(end, 'step').reason).toContain("container 'stage' did not reach SUCCESS");
    expect(container(end, 'main').exitCode).toBe(0);
    expect(end.stopCode).toBe('EssentialContainerExited');
  });

  it('stops the task as failed to start when an essential container can never start', async () => {
    const task = await run(stack, [
      shell('main', note('main'), { dependsOn: [{ containerName: 'stage', condition: 'SUCCESS' }] }),
      shell('stage', 'exit 1', { essential: false }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect(end.stopCode).toBe('TaskFailedToStart');
    expect(end.startedAt).toBeUndefined();
    expect(container(end, 'main').exitCode).toBeUndefined();
  });
});

describe('essential rule', () => {
  it('stops the others when the essential container ends, in the reverse order of dependsOn', async () => {
    const task = await run(stack, [
      shell('warden', `${note('start-warden')}; while [ ! -e "$APP_WORK/go" ]; do sleep 0.02; done; exit 0`),
      shell('base', waiting('base'), { essential: false }),
      shell('step', waiting('step'), {
        essential: false,
        dependsOn: [{ containerName: 'base', condition: 'START' }],
      }),
      shell(
        'trigger',
        'until grep -q start-step "$APP_WORK/order"; do sleep 0.02; done; touch "$APP_WORK/go"',
        {
          essential: false,
        },
      ),
    ]);

    const end = await stopped(stack, task.taskArn);

    const order = (await readFile(workFile(task, 'order'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('stop'));
    expect(order).toEqual(['stop-step', 'stop-base']);
    expect(end).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
    });
    expect(container(end, 'warden').exitCode).toBe(0);
    expect(container(end, 'step').exitCode).toBe(143);
  });

  it('continues the task when a container that is not essential fails', async () => {
    const task = await run(stack, [
      // The end of the essential container stops the other one, which needs time to end by itself.
      shell('warden', 'while [ ! -e "$APP_WORK/done" ]; do sleep 0.02; done; sleep 1'),
      shell('step', 'touch "$APP_WORK/done"; exit 9', { essential: false }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect(container(end, 'step').exitCode).toBe(9);
    expect(container(end, 'warden').exitCode).toBe(0);
  });

  it('does not run waiting containers when the task stops', async () => {
    const task = await run(stack, [
      shell('main', 'exit 7'),
      shell('slow', 'exec sleep 60', { essential: false }),
      shell('step', note('step'), {
        essential: false,
        dependsOn: [{ containerName: 'slow', condition: 'COMPLETE' }],
      }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect(container(end, 'main').exitCode).toBe(7);
    expect(container(end, 'step').lastStatus).toBe('STOPPED');
    expect(container(end, 'step').exitCode).toBeUndefined();
    await expect(readFile(workFile(task, 'order'))).rejects.toThrow('ENOENT');
  });
});

describe('stopping', () => {
  it('sends SIGTERM, then SIGKILL after the stop timeout of a container that ignores it', async () => {
    const task = await run(stack, [
      shell('main', `trap '' TERM; ${note('ready')}; while :; do sleep 0.1; done`, { stopTimeout: 2 }),
    ]);
    await fileText(workFile(task, 'order'));

    const response = await stack.client.send(
      new StopTaskCommand({ cluster: 'app', task: task.taskArn, reason: 'cancelled by its owner' }),
    );
    const end = await stopped(stack, task.taskArn);

    expect(response.task?.desiredStatus).toBe('STOPPED');
    expect(container(end, 'main').exitCode).toBe(137);
    expect(end).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'cancelled by its owner' });
  });

  it('keeps the first reason, and returns the unchanged task for a second stop', async () => {
    const task = await run(stack, [shell('main', 'exit 0')]);
    await stopped(stack, task.taskArn);

    const { task: after } = await stack.client.send(
      new StopTaskCommand({ cluster: 'app', task: task.taskArn }),
    );

    expect(after).toMatchObject({ stopCode: 'EssentialContainerExited', lastStatus: 'STOPPED' });
  });

  it('stops a task whose stop is requested before its containers start', async () => {
    const task = await run(stack, [shell('main', 'exec sleep 60')]);

    await stack.ecs.stopTask(task.taskArn, 'at once');
    const end = await stopped(stack, task.taskArn);

    expect(end.stopCode).toBe('UserInitiated');
    expect([undefined, 143]).toContain(container(end, 'main').exitCode);
  });
});

describe('exit codes', () => {
  it('reports 128 and the number of the signal that ended a container', async () => {
    const task = await run(stack, [shell('main', 'kill -USR1 $$')]);

    expect(container(await stopped(stack, task.taskArn), 'main').exitCode).toBe(138);
  });

  it('reports 127 when a shell does not find a command', async () => {
    const task = await run(stack, [shell('main', 'no-such-command-at-all')]);

    expect(container(await stopped(stack, task.taskArn), 'main').exitCode).toBe(127);
  });

  it('reports no exit code when the program of the container itself is missing', async () => {
    const task = await run(stack, [shell('main', '', { entryPoint: ['/no/such/program'], command: [] })]);

    const end = await stopped(stack, task.taskArn);

    expect(end).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' });
    expect(container(end, 'main').exitCode).toBeUndefined();
    expect(container(end, 'main').reason).toMatch(/^CannotStartContainerError: .*ENOENT/);
  });
});

describe('states', () => {
  it('passes PROVISIONING, PENDING, RUNNING, DEPROVISIONING and STOPPED, each with an event', async () => {
    const task = await run(stack, [
      shell('stage', 'exit 0', { essential: false }),
      shell('main', 'exit 0', { dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }] }),
    ]);

    const end = await stopped(stack, task.taskArn);

    expect(task.lastStatus).toBe('PROVISIONING');
    const states = events.map(({ detail }) => String(detail.lastStatus));
    expect([...new Set(states)]).toEqual(['PROVISIONING', 'PENDING', 'RUNNING', 'DEPROVISIONING', 'STOPPED']);
    expect(events.at(-1)).toMatchObject({
      source: 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      resources: [task.taskArn],
      detail: { taskArn: task.taskArn, stoppedAt: end.stoppedAt?.toISOString(), version: end.version },
    });
    const times = [end.createdAt, end.startedAt, end.stoppingAt, end.executionStoppedAt, end.stoppedAt].map(
      Number,
    );
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('is PENDING while a container waits for another one to complete', async () => {
    const task = await run(stack, [
      shell('stage', `${note('ready')}; exec sleep 60`, { essential: false }),
      shell('main', 'exit 0', { dependsOn: [{ containerName: 'stage', condition: 'COMPLETE' }] }),
    ]);
    await fileText(workFile(task, 'order'));
    await expect.poll(() => containerStatus(stack, task.taskArn, 'stage')).toBe('RUNNING');

    const now = await describeTask(stack, task.taskArn);

    expect(now).toMatchObject({ lastStatus: 'PENDING', desiredStatus: 'RUNNING' });
    expect(container(now, 'main').lastStatus).toBe('PENDING');
  });
});
