import { beforeAll, describe, expect, it } from 'vitest';
import { createCheckReuse } from '../../shared/reuse/check-reuse.ts';
import { purgeRun } from '../../shared/runs/purge.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { cliWith } from '../bin/run-cli.ts';
import { DIGEST, drive, drivenRun } from './driven-run.ts';
import { fileArgument, installTemplate, resultText, SCORES, start } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { admittedRun, stepsOf } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** Steps with `cache: true`, whose tasks the stack executes. */
const stack = useStack({ check: 'consistency' });

const IMAGE = `python@${DIGEST}`;
/** The output of `prepare` differs in each execution. */
const template = `workflow:
  files: {outputs: [result.json, when.txt]}
  parameters: {data: "$[[data]]"}
  steps:
    - name: prepare
      cache: true
      action:
        environment: '${IMAGE}'
        commands: ['mkdir work', 'date +%s%N > work/when.txt', 'cat "\${data}" code/base.txt > work/all.txt', 'echo prepared']
    - {name: own, cache: true, files: {outputs: [labels.txt]}, action: "$[[model]]"}
    - name: score
      cache: true
      action:
        environment: '${IMAGE}'
        commands: ['cp work/when.txt when.txt', 'echo "{\\"score\\": $$(cat labels.txt)}" > result.json']
parameters:
  - {name: data, dtype: file, target: data/in.txt}
  - {name: model, dtype: actor}
${SCORES}`;
const ALL = [0, 1, 2];
const model = (text = '3') => ({ environment: IMAGE, commands: [`echo ${text} > labels.txt`] });

let alice: { id: string; token: string };
let workflow: string;
beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await installTemplate(stack, template, { 'code/base.txt': 'base\n' });
});

const newGroup = async (of = workflow) => stack.group(of, alice.token, `Group ${crypto.randomUUID()}`);
const data = (group: string, content = 'data\n') => fileArgument(stack, group, alice.token, content);
const handleOf = async (id: string) =>
  (await stack.request('GET', `/runs/${id}`, { token: alice.token })).json;
/** Runs with a new upload of this content. */
const runWith = async (group: string, content?: string, own = model()) =>
  drivenRun(stack, group, { data: await data(group, content), model: own });

describe('a run with the arguments of an earlier one', () => {
  it('takes the outputs of every cached step, without a task', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    expect(first.executed).toEqual(ALL);
    const second = await runWith(group);
    expect(second.executed).toEqual([]);
    const [one, two] = [await handleOf(first.id), await handleOf(second.id)];
    expect(two.state).toBe('SUCCESS');
    expect(await resultText(stack, two, 'when.txt')).toBe(await resultText(stack, one, 'when.txt'));
    expect(two.files.map(({ id }: { id: string }) => id)).not.toEqual(
      one.files.map(({ id }: { id: string }) => id),
    );
    expect(two.images).toEqual(one.images);
    expect(two.reuse).toEqual(['prepare', 'own', 'score'].map((step) => ({ step, runId: first.id })));
    expect(one.reuse[0]).toEqual({ step: 'prepare', reason: 'no outputs of this step are recorded' });

    const { json } = await stack.request('GET', `/workflows/${workflow}/leaderboard?includeAll`);
    const ranked = json.ranking.filter(({ run }: { run: { id: string } }) => run.id === second.id);
    expect(ranked).toMatchObject([{ results: [{ name: 'score', value: 3 }] }]);
    const diff = await stack.request('GET', `/runs/${first.id}/diff/${second.id}`, { token: alice.token });
    expect(diff.json.files).toEqual([]);
    expect(diff.json.reuse[0]).toEqual({ name: 'prepare', first: null, second: { runId: first.id } });
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: alice.token });
    expect((await flowserv(`runs show ${second.id}`)).stdout).toContain(
      `Reuse:\n  prepare: took the outputs of run ${first.id}\n`,
    );
    const output = (await flowserv(`runs output ${second.id}`)).stdout;
    expect(output).toContain(
      `not executed: the outputs and this text are those of run ${first.id}\n  prepared`,
    );
  });

  it('keeps these outputs when the earlier run is deleted, and no later run takes them', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    const second = await runWith(group);
    expect(second.executed).toEqual([]);
    const [step] = await stepsOf(stack.services, first.id);
    const entry = keys.reuse(keys.group(group), step?.reuse?.key ?? '');
    expect(await stack.services.table.get(entry)).toMatchObject({ runId: first.id });
    expect((await stack.request('DELETE', `/runs/${first.id}`, { token: alice.token })).status).toBe(204);
    const run = await readAnyRun(stack.services, first.id);
    if (run) await purgeRun(stack.services, run);
    expect(await stack.services.table.get(entry)).toBeUndefined();
    const two = await handleOf(second.id);
    expect(Number(await resultText(stack, two, 'when.txt'))).toBeGreaterThan(0);
    expect((await runWith(group)).executed).toEqual(ALL);
  });

  it('executes what a changed byte reaches, and says what changed', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    const other = await runWith(group, 'Data\n');
    expect(other.executed).toEqual(ALL);
    const reason = `compared with run ${first.id}, there are changes in its files`;
    expect((await handleOf(other.id)).reuse[0]).toEqual({ step: 'prepare', reason });
    const changed = await runWith(group, 'data\n', model('4'));
    expect(changed.executed).toEqual([1, 2]);
    expect((await handleOf(changed.id)).reuse[1].reason).toContain(
      'its commands, their values or its environment',
    );
    expect((await runWith(group, 'data\n', model('4'))).executed).toEqual([]);
  });

  it('executes every step if another group recorded the outputs', async () => {
    const [one, two] = [await newGroup(), await newGroup()];
    expect((await runWith(one)).executed).toEqual(ALL);
    expect((await runWith(two)).executed).toEqual(ALL);
  });

  it('executes a step that failed', async () => {
    const group = await newGroup();
    const failing = { environment: IMAGE, commands: ['echo broken', 'exit 3'] };
    const first = await runWith(group, 'data\n', failing);
    expect(first.executed).toEqual([0, 1]);
    const second = await runWith(group, 'data\n', failing);
    expect(second.executed).toEqual([1]);
    expect(await handleOf(second.id)).toMatchObject({
      state: 'ERROR',
      messages: ['prepared\n', 'broken\n', expect.stringMatching(/^step '.*' ended with exit code \d+$/)],
      reuse: [{ runId: first.id }, { step: 'own' }],
    });
  });

  it.each([
    [
      'its image has no digest',
      { environment: 'python:3.9', commands: ['echo 3 > labels.txt'] },
      /no digest/,
    ],
  ])('executes a step if %s', async (_, own, reason) => {
    const group = await newGroup();
    await runWith(group, 'data\n', own);
    const second = await runWith(group, 'data\n', own);
    expect(second.executed).toEqual([1]);
    expect((await handleOf(second.id)).reuse[1].reason).toMatch(reason);
  });

  it('executes a step whose image the platform did not report', async () => {
    const group = await newGroup();
    const values = { data: await data(group), model: model() };
    const first = await drivenRun(stack, group, values, '');
    expect((await handleOf(first.id)).reuse[0].reason).toContain(
      'the platform did not report the image that ran',
    );
    expect((await drivenRun(stack, group, values)).executed).toEqual(ALL);
  });
});

describe('a step that takes recorded outputs', () => {
  /** Services of the function, with another way to copy objects. */
  const copying = (copy: Services['objects']['copy']): Services => {
    const services = servicesOf(stack, 'next-step');
    return { ...services, objects: { ...services.objects, copy } };
  };
  async function interrupted(group: string) {
    const id = await admittedRun(stack, group, { data: await data(group), model: model() });
    // The function ends in the middle of a copy: nothing after it happens.
    const never = copying(() => new Promise(() => {}));
    void nextStep(never, { runId: id, outcome: null }, createCheckReuse(never));
    await expect.poll(() => stepsOf(stack.services, id)).toMatchObject([{ state: 'running', attempt: 1 }]);
    return id;
  }

  it('takes them in the next call if the first one was interrupted', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    const id = await interrupted(group);
    expect(await drive(stack, id)).toEqual([]);
    expect(await handleOf(id)).toMatchObject({ state: 'SUCCESS', reuse: [{ runId: first.id }, {}, {}] });
  });

  it('is executed if they are gone after an interruption', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    const id = await interrupted(group);
    await stack.services.objects.removeAll('work', objectKeys.runWork(first.id));
    expect(await drive(stack, id)).toEqual(ALL);
    expect(await stepsOf(stack.services, id)).toMatchObject([{ attempt: 2 }, { attempt: 1 }, { attempt: 1 }]);
    expect((await handleOf(id)).state).toBe('SUCCESS');
  });

  it.each([
    ['cannot be copied', () => Promise.reject(new Error('no access'))],
    ['disappear while they are copied', () => Promise.resolve(false)],
  ])('is executed if they %s', async (_, copy) => {
    const group = await newGroup();
    const first = await runWith(group);
    const id = await admittedRun(stack, group, { data: await data(group), model: model() });
    expect(await drive(stack, id, { services: copying(copy) })).toEqual(ALL);
    const handle = await handleOf(id);
    expect(handle.state).toBe('SUCCESS');
    expect(handle.reuse[0].reason).toBe('the recorded outputs could not be copied');
    // So that the next run records its own outputs.
    const step = (await stepsOf(stack.services, first.id))[0];
    const entry = keys.reuse(keys.group(group), step?.reuse?.key ?? '');
    expect(await stack.services.table.get(entry)).toBeUndefined();
  });

  it('is executed on demand if they cannot be copied, also on a worker with spare capacity', async () => {
    const config = {
      workers: [{ name: 'w', type: 'docker', spot: true }],
      workflow: [{ step: 'prepare', worker: 'w' }],
    };
    const group = await newGroup(await installTemplate(stack, template, { 'code/base.txt': '' }, { config }));
    await runWith(group);
    const id = await admittedRun(stack, group, { data: await data(group), model: model() });
    const failing = copying(() => Promise.resolve(false));
    const answer = await nextStep(failing, { runId: id, outcome: null }, createCheckReuse(failing));
    expect(answer).toMatchObject({ action: 'run', step: 0, attempt: 2, capacityProvider: 'FARGATE' });
    const [record] = await stepsOf(stack.services, id);
    expect(record).toMatchObject({ attempt: 2 });
    expect(record).not.toHaveProperty('spot');
  });

  it('is recorded before the function asks to be called again, if copying took long', async () => {
    const group = await newGroup();
    await runWith(group);
    const id = await admittedRun(stack, group, { data: await data(group), model: model() });
    let late = 0;
    const services = servicesOf(stack, 'next-step');
    const slow: Services = {
      ...copying(async (...objects) => {
        const done = await services.objects.copy(...objects);
        late = 12_000;
        return done;
      }),
      now: () => new Date(Date.now() + late),
    };
    const answer = await nextStep(slow, { runId: id, outcome: null }, createCheckReuse(slow));
    expect(answer).toEqual({ action: 'wait', step: 0, attempt: 1, seconds: 1 });
    expect(await stepsOf(stack.services, id)).toMatchObject([{ state: 'success' }]);
    expect(await drive(stack, id)).toEqual([]);
  });

  it('is executed if only its last output is gone, which the new execution replaces', async () => {
    const group = await newGroup();
    const first = await runWith(group);
    const id = await admittedRun(stack, group, { data: await data(group), model: model() });
    const one = await handleOf(first.id);
    const gone = one.files.find(({ name }: { name: string }) => name === 'result.json').id;
    await stack.services.objects.remove('data', objectKeys.runFile(workflow, first.id, gone));
    expect(await drive(stack, id)).toEqual([2]);
    const two = await handleOf(id);
    expect(await resultText(stack, two, 'result.json')).toBe('{"score": 3}\n');
  });
});

it('a cached step of a run of the state machine is executed where steps use no images', async () => {
  const group = await newGroup();
  const values = { data: await data(group), model: model() };
  for (let i = 0; i < 2; i++) {
    const { json } = await start(stack, group, alice.token, values);
    const run = await stack.ended(json.id, alice.token);
    const reason = expect.stringContaining('the platform did not report the image that ran');
    expect(run).toMatchObject({ state: 'SUCCESS', reuse: [{ step: 'prepare', reason }, {}, {}] });
    expect(run).not.toHaveProperty('images');
  }
});
