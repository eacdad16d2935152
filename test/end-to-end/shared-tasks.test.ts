import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import type { NextStepAnswer, StepOutcome } from '../../shared/engine/next-step-protocol.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { installTemplate, resultText, start } from './install-template.ts';
import { admittedRun, askBroker, describeUpload, playTask, started, stepsOf, stopped } from './played-run.ts';
import { begun, gone, processesWith } from './processes.ts';
import { useStack } from './stack-fixture.ts';

/** Consecutive steps that one task runs. */
const calls: StackCall[] = [];
const stack = useStack({ onCall: (call) => calls.push(call), check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

/** Steps `a`, `b`, … with one command each. */
const stepsWith = (
  commands: readonly string[],
  outputs: readonly string[] = [],
  environment = 'python:3.9',
) => `workflow:
  files: {outputs: ${JSON.stringify(outputs)}}
  steps:
${commands
  .map((command, index) => {
    const action = JSON.stringify({ environment, commands: [command] });
    return `    - {name: ${String.fromCharCode(97 + index)}, action: ${action}}\n`;
  })
  .join('')}`;

const groupOf = async (template: string, files = {}) =>
  stack.group(await installTemplate(stack, template, files), alice.token, 'Group');

async function run(template: string, files = {}) {
  const { json } = await start(stack, await groupOf(template, files), alice.token);
  const ended = await stack.ended(json.id, alice.token);
  return { ended, steps: await stepsOf(stack.services, json.id) };
}

const taskLogs = async (runId: string) => {
  const { json } = await stack.request('GET', `/runs/${runId}/tasks`, {
    base: stack.services.config.api.wesUrl,
    headers: { authorization: `Bearer ${alice.token}` },
  });
  return json.task_logs;
};

describe('consecutive steps of the same image', () => {
  it('share a task, and leave records, outputs and logs of their own', async () => {
    const commands = ['echo one > log.txt', 'echo two >> log.txt', 'cat log.txt code/more.txt > out.txt'];
    const files = { 'code/more.txt': 'three\n' };
    const { ended, steps } = await run(stepsWith(commands, ['out.txt']), files);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, ended, 'out.txt')).toBe('one\ntwo\nthree\n');
    const own = { state: 'success', attempt: 1, exitCode: 0 };
    expect(steps).toMatchObject([own, own, own]);
    expect(new Set(steps.map(({ taskArn }) => taskArn)).size).toBe(1);
    expect(new Set(steps.map(({ ticketHash }) => ticketHash)).size).toBe(3);
    const times = steps.flatMap(({ startedAt, finishedAt = '' }) => [startedAt, finishedAt]);
    expect(times).toEqual(times.toSorted());
    expect(await taskLogs(ended.id)).toMatchObject(
      ['a', 'b', 'c'].map((name) => ({ name, exit_code: 0, end_time: expect.any(String) })),
    );
  });

  it('end with the step that failed, with its messages and those of the steps before it', async () => {
    const { ended, steps } = await run(stepsWith(['echo first', 'echo second >&2; exit 3', 'echo third']));
    expect(ended).toMatchObject({
      state: 'ERROR',
      messages: ['first\n', 'second\n', "step 'b' ended with exit code 3"],
    });
    expect(steps).toMatchObject([
      { name: 'a', state: 'success', exitCode: 0 },
      { name: 'b', state: 'failed', exitCode: 3 },
    ]);
    expect(steps).toHaveLength(2);
    expect(steps[1]?.taskArn).toBe(steps[0]?.taskArn);
  });

  it('are canceled in the middle: the first has ended, the second is the last to have begun', async () => {
    const group = await groupOf(stepsWith(['true', 'exec sleep 4711', 'true']));
    const { json } = await start(stack, group, alice.token);
    const sleeping = await begun(() => processesWith(stack, '4711'));
    await cancelRun(stack.services, await findRun(stack.services, json.id));
    await gone(sleeping);
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'CANCELED' });
    const [first, second, ...more] = await taskLogs(json.id);
    expect(first).toMatchObject({ name: 'a', exit_code: 0, end_time: expect.any(String) });
    expect(second).toMatchObject({ name: 'b', start_time: expect.any(String) });
    expect(second).not.toHaveProperty('end_time');
    expect(more).toEqual([]);
  });

  it('find the definition of their task, which the installation registered', async () => {
    const template = stepsWith(['true', 'true', 'true'], [], 'python:3.9-registered');
    calls.length = 0;
    const { steps } = await run(template);
    expect(new Set(steps.map(({ taskArn }) => taskArn)).size).toBe(1);
    const registrations = calls.filter(({ operation }) => operation === 'RegisterTaskDefinition');
    expect(registrations.map(({ caller }) => caller)).toEqual(['operator', 'operator']);
  });

  it('find it also with the settings of a worker', async () => {
    const workers = [{ name: 'w', type: 'docker', network: true, disk: 30 }];
    const config = { workers, workflow: ['a', 'b'].map((step) => ({ step, worker: 'w' })) };
    const template = stepsWith(['true', 'true', 'true'], [], 'python:3.9-worker');
    calls.length = 0;
    const id = await installTemplate(stack, template, {}, { config });
    const registered = () => calls.filter(({ operation }) => operation === 'RegisterTaskDefinition').length;
    expect(registered()).toBe(3);
    const { json } = await start(stack, await stack.group(id, alice.token, 'Group'), alice.token);
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    expect(registered()).toBe(3);
  });

  it('begin another task after a step with cache: true, which has one of its own', async () => {
    const template = stepsWith(['true', 'true', 'true', 'true', 'true'], [], 'python:3.9-cached');
    calls.length = 0;
    const { ended, steps } = await run(template.replace('{name: c,', '{name: c, cache: true,'));
    expect(ended).toMatchObject({ state: 'SUCCESS', reuse: [{ step: 'c' }] });
    const tasks = steps.map(({ taskArn }) => taskArn);
    expect(tasks.map((arn) => tasks.indexOf(arn))).toEqual([0, 0, 2, 3, 3]);
    expect(steps.map(({ following = [] }) => following)).toEqual([[1], [], [], [4], []]);
    const registrations = calls.filter(({ operation }) => operation === 'RegisterTaskDefinition');
    expect(registrations.map(({ caller }) => caller)).toEqual(['operator', 'operator']);
  });

  it('run in a second task if there are more than eight', async () => {
    const { ended, steps } = await run(stepsWith(Array.from({ length: 9 }, () => 'true')));
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    const tasks = steps.map(({ taskArn }) => taskArn);
    expect(tasks.map((arn) => tasks.indexOf(arn))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 8]);
  });
});

describe('the next step of a task', () => {
  let group: string;
  beforeAll(async () => {
    group = await groupOf(stepsWith(['true', 'true', 'true']));
  });

  /** A run whose first task was started for as many steps as the state machine reports. */
  const begin = async (stepsOfTask?: number) => {
    const runId = await admittedRun(stack, group);
    return { runId, ...started(await nextStep(stack.services, { runId, outcome: null, stepsOfTask })) };
  };
  const next = (ticket: string) => askBroker(stack, ticket, '/next', {});
  const inputs = (ticket: string) => askBroker(stack, ticket, '/inputs', { page: 0 });
  const cancel = async (runId: string) => cancelRun(stack.services, await findRun(stack.services, runId));

  it('begins only once the step before it reported its success', async () => {
    const { runId, ticket } = await begin(8);
    expect((await next(ticket)).status).toBe(403);
    await playTask(stack, ticket, { exitCode: 1, files: {} });
    expect((await next(ticket)).status).toBe(403);
    expect(await stepsOf(stack.services, runId)).toHaveLength(1);
    await cancel(runId);
  });

  it('has a ticket of its own, and that of the step before it gives no more access', async () => {
    const { runId, ticket } = await begin(8);
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    const { json: first } = await next(ticket);
    // A repeated request replaces the ticket of which the response was lost.
    const { json: second } = await next(ticket);
    expect((await next(first.ticket)).status).toBe(403);
    expect((await askBroker(stack, second.ticket, '/uploads', { files: [] })).status).toBe(200);
    const files = [describeUpload('status', 'status.json', '{}')];
    expect((await askBroker(stack, ticket, '/uploads', { files })).status).toBe(403);
    expect((await inputs(ticket)).status).toBe(403);
    expect(await stepsOf(stack.services, runId)).toMatchObject([
      { index: 0, state: 'running', exitCode: 0, finishedAt: expect.any(String) },
      { index: 1, state: 'running', attempt: 1 },
    ]);
    await cancel(runId);
    expect((await next(second.ticket)).status).toBe(403);
  });

  it('does not begin in the task of a state machine that reports one step', async () => {
    const { runId, ticket } = await begin();
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    expect((await next(ticket)).status).toBe(403);
    const answer = started(await nextStep(stack.services, { runId, outcome: stopped(0) }));
    expect(answer.step).toBe(1);
    await cancel(runId);
  });

  it('has the capacity of its task, and after an interruption both steps left run on demand', async () => {
    const workers = [{ name: 'w', type: 'docker', spot: true }];
    const config = { workers, workflow: ['a', 'b', 'c'].map((step) => ({ step, worker: 'w' })) };
    const workflow = await installTemplate(stack, stepsWith(['true', 'true', 'true']), {}, { config });
    const runId = await admittedRun(stack, await stack.group(workflow, alice.token, 'Group'));
    const after = { ...stack.services, now: () => new Date(Date.now() + 10_000) };
    const ask = (outcome: StepOutcome | null, services = stack.services) =>
      nextStep(services, { runId, outcome, stepsOfTask: 8 });
    const play = async (answer: NextStepAnswer) => {
      const { ticket } = started(answer);
      await playTask(stack, ticket, { exitCode: 0, files: {} });
      expect((await next(ticket)).status).toBe(200);
    };
    const spot = await ask(null);
    expect(spot).toMatchObject({ step: 0, capacityProvider: 'FARGATE_SPOT' });
    await play(spot);
    const later = [137, -1].map((exitCode) => ({ exitCode, reason: '' }));
    const task = { ...stopped(0).task, stopCode: 'SpotInterruption', later };
    expect(await ask({ step: 0, attempt: 1, task })).toEqual({
      action: 'wait',
      step: 1,
      attempt: 2,
      seconds: 2,
    });
    const onDemand = await ask(null, after);
    expect(onDemand).toMatchObject({ step: 1, attempt: 2, capacityProvider: 'FARGATE' });
    await play(onDemand);
    const steps = await stepsOf(stack.services, runId);
    expect(steps.map(({ spot: isSpot, attempt }) => [isSpot, attempt])).toEqual([
      [true, 1],
      [undefined, 2],
      [undefined, 1],
    ]);
    await cancel(runId);
  });

  it('is none in a run that was deleted, without an error that would be repeated', async () => {
    expect(await nextStep(stack.services, { runId: 'gone', outcome: null })).toEqual({ action: 'done' });
  });

  it('cannot begin after the end of its task was recorded', async () => {
    const { runId, ticket } = await begin(8);
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    const answer = started(await nextStep(stack.services, { runId, outcome: stopped(0), stepsOfTask: 8 }));
    expect(answer.step).toBe(1);
    expect((await next(ticket)).status).toBe(403);
    expect(await stepsOf(stack.services, runId)).toMatchObject([
      { index: 0, state: 'success' },
      { index: 1, state: 'running', attempt: 1 },
    ]);
    await cancel(runId);
  });
});
