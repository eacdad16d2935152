import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { createMergeWave } from '../../shared/broker/merge-wave.ts';
import type { StepOutcome } from '../../shared/engine/next-step-protocol.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { DIGEST, drive, drivenRun } from './driven-run.ts';
import { installTemplate, resultText, start } from './install-template.ts';
import { type ParallelStep, parallelTemplate } from './parallel-template.ts';
import { admittedRun, askBroker, started, stepsOf } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** The steps of a wave one by one: another attempt, reuse, variables, and state machines of earlier releases. */
const calls: StackCall[] = [];
const stack = useStack({ onCall: (call) => calls.push(call), check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
});

const groupOf = async (steps: readonly ParallelStep[], outputs: readonly string[] = [], files = {}) =>
  stack.group(await installTemplate(stack, parallelTemplate(steps, outputs), files), alice.token, 'Group');

const handleOf = async (id: string) =>
  (await stack.request('GET', `/runs/${id}`, { token: alice.token })).json;

const PAIR = ['a', 'b'].map(
  (name): ParallelStep => ({
    name,
    inputs: [],
    outputs: [`${name}.txt`],
    commands: [`echo ${name} > ${name}.txt`],
  }),
);
const JOIN: ParallelStep = { name: 'join', commands: ['cat a.txt b.txt > all.txt'] };

describe('a step of a wave', () => {
  it('gets another attempt after a failure of the platform, while the others continue', async () => {
    const id = await admittedRun(stack, await groupOf([...PAIR, JOIN]));
    const ask = (member: number, outcome: StepOutcome | null = null) =>
      nextStep(stack.services, { runId: id, outcome, member });
    const first = started(await ask(0));
    const other = started(await ask(1));
    const error = { name: 'ECS.ServerException', cause: 'later' };
    expect(await ask(0, { step: 0, attempt: 1, error })).toMatchObject({ action: 'wait', attempt: 2 });
    expect(await stepsOf(stack.services, id)).toMatchObject([
      { state: 'waiting', attempt: 1 },
      { state: 'running', attempt: 1 },
    ]);
    const status = async (ticket: string) => (await askBroker(stack, ticket, '/inputs', { page: 0 })).status;
    expect([await status(first.ticket), await status(other.ticket)]).toEqual([403, 200]);
    const later = { ...stack.services, now: () => new Date(Date.now() + 60_000) };
    expect(started(await nextStep(later, { runId: id, outcome: null, member: 0 }))).toMatchObject({
      step: 0,
      attempt: 2,
    });
  });

  it('is repeated with a new ticket if the response with the first one was lost', async () => {
    const id = await admittedRun(stack, await groupOf([...PAIR, JOIN]));
    const request = { runId: id, outcome: null, member: 1 };
    const answers = await Promise.all([1, 2].map(() => nextStep(stack.services, request)));
    expect(answers.map((answer) => started(answer).attempt)).toEqual([1, 1]);
    expect(await stepsOf(stack.services, id)).toMatchObject([{ index: 1, attempt: 1 }]);
  });

  it('is not started when the run was canceled, nor when another one failed', async () => {
    const id = await admittedRun(stack, await groupOf([...PAIR, JOIN]));
    const ask = (member: number, outcome: StepOutcome | null = null) =>
      nextStep(stack.services, { runId: id, outcome, member });
    await ask(0);
    const error = { name: 'States.Timeout', cause: '' };
    expect(await ask(0, { step: 0, attempt: 1, error })).toEqual({ action: 'failed' });
    expect(await ask(1)).toEqual({ action: 'failed' });
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
    expect(await ask(1)).toEqual({ action: 'done' });
  });

  it('takes the outputs of an earlier run like any other step', async () => {
    const image = `python@${DIGEST}`;
    const cached = PAIR.map(({ name, ...step }): ParallelStep => {
      const commands = [`date +%s%N > ${name}.txt`];
      return { ...step, name, cache: true, action: { environment: image, commands } };
    });
    const group = await groupOf([...cached, JOIN], ['all.txt']);
    const runs = [await drivenRun(stack, group), await drivenRun(stack, group)];
    expect(runs.map(({ executed }) => executed.toSorted())).toEqual([[0, 1, 2], [2]]);
    const texts = runs.map(async ({ id }) => resultText(stack, await handleOf(id), 'all.txt'));
    const [before, after] = await Promise.all(texts);
    expect(after).toBe(before);
  });

  it('sets a variable for the steps after the wave, and no other step sees it before', async () => {
    const code = (name: string, func: string, arg: string): ParallelStep => ({
      name,
      inputs: [],
      outputs: [],
      action: { func, arg },
    });
    const files = { 'code/f.py': 'def one():\n    return "1"\n\ndef two():\n    return "2"\n' };
    const show = { environment: 'python:3.9', commands: ['echo "${x}${y}" > all.txt'] };
    const container: ParallelStep = { ...PAIR[0], name: 'c' };
    const steps = [container, code('one', 'code.f.one', 'x'), { name: 'show', action: show }];
    const group = await groupOf(
      [...steps.slice(0, 2), code('two', 'code.f.two', 'y'), ...steps.slice(2)],
      ['all.txt'],
      files,
    );
    const { json } = await start(stack, group, alice.token);
    const ended = await stack.ended(json.id, alice.token);
    expect(ended.messages ?? []).toEqual([]);
    expect(await resultText(stack, ended, 'all.txt')).toBe('12\n');
    const { plan } = await readRunDocument(stack.services, json.id);
    expect(plan.steps.map(({ wave }) => wave)).toEqual([0, 0, 1, 2]);
  });

  it('runs alone, with the same tree, for a state machine that has no waves', async () => {
    const group = await groupOf([...PAIR, JOIN], ['all.txt']);
    const id = await admittedRun(stack, group);
    const executed = await drive(stack, id, { waves: false });
    expect(executed).toEqual([0, 1, 2]);
    expect(await resultText(stack, await handleOf(id), 'all.txt')).toBe('a\nb\n');
  });
});

describe('the files of a wave', () => {
  it('are merged once, and again only if they are not stored', async () => {
    const id = await admittedRun(stack, await groupOf([...PAIR, JOIN], ['all.txt']));
    await drive(stack, id);
    const document = await readRunDocument(stack.services, id);
    const step = document.plan.steps[2];
    if (!step) throw new Error('no step');
    const run = { id } as Parameters<ReturnType<typeof createMergeWave>>[0]['run'];
    calls.length = 0;
    expect(await createMergeWave(stack.services)({ run, document, step })).toBeUndefined();
    expect(calls.filter(({ operation }) => operation === 'PutObject')).toEqual([]);
  });

  it('find the definitions of their tasks, which the installation registered', async () => {
    const image = 'python:3.9-in-waves';
    const steps = [...PAIR, JOIN, { name: 'more', commands: ['true'] }].map((step): ParallelStep => {
      const { commands, ...rest } = step;
      return { ...rest, action: { environment: image, commands } };
    });
    calls.length = 0;
    const { json } = await start(stack, await groupOf(steps), alice.token);
    expect(await stack.ended(json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
    const registrations = calls.filter(({ operation }) => operation === 'RegisterTaskDefinition');
    expect(registrations.map(({ caller }) => caller)).toEqual(['operator', 'operator']);
    const tasks = (await stepsOf(stack.services, json.id)).map(({ taskArn }) => taskArn);
    expect(tasks.map((arn) => tasks.indexOf(arn))).toEqual([0, 1, 2, 2]);
  });
});
