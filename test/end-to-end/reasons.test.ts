import { beforeAll, describe, expect, it } from 'vitest';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { reportQueue } from '../../shared/runs/queue-state.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { quiet } from '../api-http/stored.ts';
import { installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { queuedRun, startedRun, stopped, whileFull } from './played-run.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** What participants read about runs that did not end, and about results. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let group: string;

const SCORED = `parameters:
  - {name: score, dtype: string}
  - {name: file, dtype: file, target: in.txt, required: false}
workflow:
  steps:
    - {name: prepare, action: {environment: 'python:3.9', commands: ['sleep 0.1']}}
    - name: score
      action: {environment: 'python:3.9', commands: ['echo $[[score]] > result.json; while [ -e in.txt ]; do sleep 0.1; done']}
${SCORES}`;

beforeAll(async () => {
  alice = await stack.user('alice');
  group = await stack.group(await installTemplate(stack, oneStep(['true'])), alice.token, 'Group');
});

const handle = async (id: string) => (await stack.request('GET', `/runs/${id}`, { token: alice.token })).json;
const listed = async (of = group) =>
  (await stack.request('GET', `/groups/${of}/runs`, { token: alice.token })).json.runs;
const cancel = (id: string) => stack.request('PUT', `/runs/${id}`, { token: alice.token });

describe('a waiting run', () => {
  it('has its place among the runs of its user, and whether it waits for capacity or the operator', async () => {
    const ids = await whileFull(stack, async () => {
      const [first = '', second = ''] = [await queuedRun(stack, group), await queuedRun(stack, group)];
      const { createdAt } = await handle(first);
      expect(await handle(first)).toMatchObject({ reason: 'waiting for capacity', since: createdAt });
      expect((await handle(second)).reason).toBe('number 2 in line among the runs of its user');
      await reportQueue(stack.services);
      const reasons = [
        'waiting for capacity; about 2 runs wait in total',
        'number 2 in line among the runs of its user; about 2 runs wait in total',
      ];
      expect((await listed()).map(({ reason }: { reason: string }) => reason)).toEqual(reasons);
      const { table } = stack.services;
      await table.update({ pk: 'STAGE', sk: 'META' }, { set: { paused: true } });
      expect((await handle(first)).reason).toBe('the operator paused the start of runs');
      await table.update({ pk: 'STAGE', sk: 'META' }, { set: { paused: false } });
      return [first, second];
    });
    await Promise.all(ids.map(cancel));
    await dispatch(stack.services);
    expect(await handle(ids[0] ?? '')).not.toHaveProperty('reason');
    expect((await listed())[0]).not.toHaveProperty('since');
  });
});

describe('a running run', () => {
  it('names its step, and why there is another attempt', async () => {
    const { id } = await startedRun(stack, group);
    expect((await handle(id)).reason).toBe('step 1 of 1 `only`');
    await nextStep(stack.services, { runId: id, outcome: stopped(-1) });
    const because = "because the step's task stopped early: Essential container in task exited";
    expect((await handle(id)).reason).toBe(`waiting to repeat step 1 of 1 \`only\` ${because}`);
    const later = { ...stack.services, now: () => new Date(Date.now() + 5000) };
    await nextStep(later, { runId: id, outcome: null });
    const shown = await handle(id);
    expect(shown.reason).toBe(`step 1 of 1 \`only\`, attempt 2 ${because}`);
    expect(shown.since > shown.startedAt).toBe(true);
    expect((await listed()).at(-1)).toMatchObject({ reason: shown.reason, since: shown.since });
    await cancel(id);
  });

  it('that waits for capacity says so', async () => {
    const { id } = await startedRun(stack, group);
    const outcome = stopped(-1);
    const stoppedReason = 'Capacity is unavailable at this time. Please try again later';
    const task = { ...outcome.task, stopCode: 'TaskFailedToStart', stoppedReason };
    await nextStep(stack.services, { runId: id, outcome: { ...outcome, task } });
    expect((await handle(id)).reason).toBe('waiting for capacity for step 1 of 1 `only`');
    await cancel(id);
  });

  it('goes on to the next step of its task', async () => {
    const workflow = await installTemplate(stack, SCORED, {}, { id: 'SCORED' });
    const team = await stack.group(workflow, alice.token, 'Team');
    const { json } = await stack.upload(team, alice.token, 'answers.csv', 'x');
    const file = { type: '$file', value: { fileId: json.id } };
    const run = (await start(stack, team, alice.token, { score: '{"score": 1}', file })).json;
    expect(run.inputs).toEqual(['answers.csv']);
    const shown = await poll(async () => {
      const now = await handle(run.id);
      return now.reason.startsWith('step 2') ? now : undefined;
    }, 'the second step was not shown');
    expect(shown.reason).toBe('step 2 of 2 `score`');
    expect(await listed(team)).toMatchObject([{ inputs: ['answers.csv'], reason: 'step 2 of 2 `score`' }]);
    await cancel(run.id);
  });
});

describe('an ended run', () => {
  it('has its score and rank, or the reason why it has none', async () => {
    const team = await stack.group('SCORED', alice.token, 'Scores');
    const run = async (score: string) =>
      (await stack.ended((await start(stack, team, alice.token, { score })).json.id, alice.token)).id;
    const [low, high, text] = [
      await run('{"score": 1}'),
      await run('{"score": 2.5}'),
      await run('{"score": "x"}'),
    ];
    await quiet(stack.services);
    const results = [{ name: 'score', value: 2.5 }];
    expect(await handle(high)).toMatchObject({ results, rank: 1 });
    const other = 'the leaderboard shows another run of the group';
    expect(await handle(low)).toMatchObject({ results: [{ value: 1 }], notRanked: other });
    const fault =
      "in 'result.json' 'score' is a text that is not a valid float; column 'score' is of type float";
    expect(await handle(text)).toMatchObject({ state: 'SUCCESS', notRanked: fault });
    const { version } = await handle(low);
    expect(await listed(team)).toEqual([
      expect.objectContaining({ id: low, version, results: [{ name: 'score', value: 1 }], notRanked: other }),
      expect.objectContaining({ id: high, version, results, rank: 1 }),
      expect.objectContaining({ id: text, version, notRanked: fault, warningCount: 1 }),
    ]);
    expect((await listed(team))[0]).not.toHaveProperty('rank');
  });
});

describe('in the mode of public reads', () => {
  const open = useStack({ env: { FLOWSERV_READ_ACCESS: 'public' } });

  it('others than members see only the states of runs', async () => {
    const [owner, other] = [await open.user('owner'), await open.user('other')];
    const team = await open.group(await installTemplate(open, SCORED), owner.token, 'Team');
    const run = (await start(open, team, owner.token, { score: '{"score": 1}' })).json;
    await open.ended(run.id, owner.token);
    const runsOf = async (token: string) =>
      (await open.request('GET', `/groups/${team}`, { token })).json.runs;
    expect(await runsOf(other.token)).toEqual([{ id: run.id, state: 'SUCCESS', createdAt: run.createdAt }]);
    expect(await runsOf(owner.token)).toMatchObject([{ results: [{ name: 'score', value: 1 }] }]);
  });
});
