import { beforeAll, describe, expect, it } from 'vitest';
import { removeObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { buildSnapshot, readRanking } from '../../shared/ranking/leaderboard.ts';
import { refreshLeaderboard } from '../../shared/ranking/refresh.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, SCORES } from './install-template.ts';
import { finishedRun, whileFull, withoutMessages } from './played-run.ts';
import { purged } from './purged.ts';
import { useStack } from './stack-fixture.ts';

/** The leaderboard function, called only by the test, because its messages are lost. */
const template = oneStep(
  ['true'],
  `${SCORES}postproc:
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['cat runs/runs.json > all.txt']}
  inputs: {files: [result.json], runs: runs/}
`,
  ['result.json'],
);
const rules = { version: 1, rankedSince: 1, order: [{ name: 'score', descending: true }] };

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let number = 0;

beforeAll(async () => {
  alice = await stack.user('alice');
});

async function workflow(options: { ignorePostproc?: boolean } = { ignorePostproc: true }) {
  number += 1;
  const id = await installTemplate(stack, template, {}, { id: `W${number}`, ...options });
  const groups = [await stack.group(id, alice.token, 'A'), await stack.group(id, alice.token, 'B')];
  return { id, groups };
}

/** Creates a ranked run whose message to the leaderboard function is lost. */
async function rankedRun(group: string | undefined, score: number): Promise<string> {
  const runId = await finishedRun(stack, group ?? '', `{"score": ${score}}`);
  await settleRun(withoutMessages(stack.services), runId, true);
  return runId;
}

/** Services that record the messages to the leaderboard function instead of sending them. */
function withRecordedMessages(services: Services, at: () => Date) {
  const delays: number[] = [];
  const leaderboardDirty = async (_workflowId: string, delaySeconds = 0) => {
    delays.push(delaySeconds);
  };
  return { services: { ...services, now: at, messages: { ...services.messages, leaderboardDirty } }, delays };
}

describe('the leaderboard function', () => {
  it('requests one later call for any number of early messages', async () => {
    const { id, groups } = await workflow();
    let now = new Date();
    const { services, delays } = withRecordedMessages(stack.services, () => now);
    await rankedRun(groups[0], 1);
    await refreshLeaderboard(services, id);
    expect(await readLeaderboardState(services, id)).toMatchObject({ dirty: 1, built: 1, processed: 1 });
    await rankedRun(groups[1], 2);
    await Promise.all(Array.from({ length: 10 }, () => refreshLeaderboard(services, id)));
    expect(delays).toEqual([2]);
    expect((await readLeaderboardState(services, id)).built).toBe(1);
    now = new Date(now.getTime() + 2000);
    await refreshLeaderboard(services, id);
    const leaderboard = await readLeaderboardState(services, id);
    expect(leaderboard).toMatchObject({ dirty: 2, built: 2, processed: 2 });
    await refreshLeaderboard(services, id);
    expect(delays).toEqual([2]);
  });

  it('publishes the newest snapshot, in whatever order slow builders end', async () => {
    const { id, groups } = await workflow();
    const { services } = stack;
    const leaderboards = [];
    const runs: string[] = [];
    for (let score = 1; score <= 4; score += 1) {
      runs.unshift(await rankedRun(groups[score % 2], score));
      leaderboards.push(await readLeaderboardState(services, id));
    }
    const [first, second, third, fourth] = leaderboards;
    for (const leaderboard of [second, first, fourth, third, fourth]) {
      if (leaderboard) await buildSnapshot(services, id, leaderboard, rules);
    }
    const leaderboard = await readLeaderboardState(services, id);
    expect(leaderboard).toMatchObject({ dirty: 4, built: 4, previous: 2 });
    const ranking = await readRanking(services, id, leaderboard, rules);
    expect(ranking.map(({ runId }) => runId)).toEqual(runs.slice(0, 2));
    await services.messages.leaderboardDirty(id);
    await expectConsistency(services);
  });

  it('returns the ranking to a reader of an earlier version of the leaderboard', async () => {
    const { id, groups } = await workflow();
    const { services } = stack;
    await rankedRun(groups[0], 1);
    const old = await readLeaderboardState(services, id);
    await buildSnapshot(services, id, old, rules);
    const clean = await readLeaderboardState(services, id);
    const second = await rankedRun(groups[1], 2);
    await buildSnapshot(services, id, await readLeaderboardState(services, id), rules);
    expect(await readRanking(services, id, clean, rules)).toHaveLength(1);
    expect((await readRanking(services, id, await readLeaderboardState(services, id), rules))[0]?.runId).toBe(
      second,
    );
    await services.messages.leaderboardDirty(id);
  });

  it('starts post-processing although a deleted run still has the lease', async () => {
    const { id, groups } = await workflow({});
    const { services } = stack;
    const lease = { postprocActive: '0'.repeat(32) };
    await services.table.update(keys.leaderboard(id), { set: lease });
    await rankedRun(groups[0], 1);
    await refreshLeaderboard(services, id);
    const postproc = await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    expect(postproc.id).not.toBe(lease.postprocActive);
  });

  it('starts one post-processing run for a change, whatever the number of workers', async () => {
    const { id, groups } = await workflow({});
    const runId = await rankedRun(groups[0], 1);
    await Promise.all(Array.from({ length: 6 }, () => refreshLeaderboard(stack.services, id)));
    const { id: first } = await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    await expectConsistency(stack.services);
    const entries = await stack.services.table.list(keys.postprocEntries(id));
    expect(entries.map((entry) => entry.id)).toEqual([first]);
    const archive = await stack.request('GET', `/workflows/${id}/downloads/archive`);
    expect(archive.status).toBe(200);
    expect((await stack.request('GET', `/workflows/${id}/leaderboard`)).json.ranking[0].run.id).toBe(runId);
  });

  it('L6: shows a post-processing run from its start', async () => {
    const { id, groups } = await workflow({});
    await rankedRun(groups[0], 1);
    await whileFull(stack, async () => {
      await refreshLeaderboard(stack.services, id);
      const { json } = await stack.request('GET', `/workflows/${id}`);
      expect(json.postproc).toMatchObject({ state: 'PENDING', workflowId: id });
      const leaderboard = await stack.request('GET', `/workflows/${id}/leaderboard`);
      expect(leaderboard.json.postproc.id).toBe(json.postproc.id);
      const archive = await stack.request('GET', `/workflows/${id}/downloads/archive`);
      expect(archive.status).toBe(404);
    });
    await dispatch(stack.services);
    expect((await stack.postproc(id, ({ state }) => state === 'SUCCESS')).files).toHaveLength(1);
  });

  it('does not fail post-processing for a fault of the platform', async () => {
    const { id, groups } = await workflow({});
    await rankedRun(groups[0], 1);
    const { objects } = stack.services;
    const write: typeof objects.write = async (bucket, key, body, type) => {
      if (key.endsWith('runs.json')) throw new Error('the store does not respond');
      return objects.write(bucket, key, body, type);
    };
    const broken = { ...stack.services, objects: { ...objects, write } };
    await expect(refreshLeaderboard(broken, id)).rejects.toThrow('the store does not respond');
    await refreshLeaderboard(stack.services, id);
    const postproc = await stack.postproc(id, ({ state }) => state !== 'PENDING' && state !== 'RUNNING');
    expect(postproc.state).toBe('SUCCESS');
  });

  it('J29: does not list the current post-processing run and its runs as obsolete', async () => {
    const { id, groups } = await workflow({});
    const runs = [
      await rankedRun(groups[0], 1),
      await rankedRun(groups[0], 2),
      await rankedRun(groups[1], 3),
    ];
    await refreshLeaderboard(stack.services, id);
    const { id: current } = await stack.postproc(id, ({ state }) => state === 'SUCCESS');
    await expectConsistency(stack.services);
    await removeObsoleteRuns(stack.services, '9999');
    await purged(stack.services, keys.run(String(runs[0])));
    const left = await Promise.all([...runs, current].map((runId) => readAnyRun(stack.services, runId)));
    expect(left.map((run) => run?.state)).toEqual([undefined, 'SUCCESS', 'SUCCESS', 'SUCCESS']);
  });
});
