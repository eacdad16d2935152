import { beforeAll, describe, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { removeGroup } from '../../shared/groups/remove.ts';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { refreshLeaderboard } from '../../shared/ranking/refresh.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { startRun } from '../../shared/runs/start.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { keys } from '../../shared/store/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { expectConsistency } from './consistency.ts';
import { dyingAtEachWrite, muteDeaths } from './dying-process.ts';
import { ALL_RESULTS, installTemplate, oneStep, SCORES } from './install-template.ts';
import { admittedRun, finishedRun, queuedRun, startedRun, withoutMessages } from './played-run.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/**
 * A process may die between any two writes. The sweep and the dispatcher recover from the state that it leaves.
 */
const template = oneStep([`echo '{"score": 1}' > result.json`], SCORES, ['result.json']);
const postproc = `${ALL_RESULTS}  outputs:
    - source: all.txt
`;
const large = oneStep(['true $[[text]]'], 'parameters:\n  - {name: text, dtype: string}\n');

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let workflow: string;
let group: string;
let minutes = 0;

muteDeaths();
beforeAll(async () => {
  alice = await stack.user('alice');
  workflow = await installTemplate(stack, template, {}, { id: 'W' });
  group = await stack.group(workflow, alice.token, 'Group');
});

/** Lets an hour pass, as far as the sweep and the dispatcher are concerned. */
async function heal(): Promise<void> {
  minutes += 60;
  const later = new Date(Date.now() + minutes * 60_000);
  await sweep({ ...stack.services, now: () => later });
  await dispatch(stack.services);
}

const readItem = (runId: string) => stack.services.table.get(keys.run(runId));

async function statesOf(runIds: readonly string[]): Promise<unknown[]> {
  return poll(async () => {
    const states = await Promise.all(runIds.map(async (id) => (await readItem(id))?.state));
    return states.some((state) => state === 'PENDING' || state === 'RUNNING') ? undefined : states;
  }, 'not all runs ended');
}

const all = (state: string | undefined, { length }: readonly unknown[]) =>
  Array.from({ length }, () => state);

describe('an interruption', () => {
  it('of the start of a run leaves a complete run or nothing', async () => {
    const started = await dyingAtEachWrite(
      stack.services,
      async () => (await stack.request('GET', `/groups/${group}`, { token: alice.token })).json.runs.length,
      async (services) => startRun(services, alice, await findGroup(services, group), []),
    );
    // The number and the transaction come first; then only the wake-up message remains.
    expect(started).toEqual([0, 0, 0, 1]);
    await heal();
    const { runs } = (await stack.request('GET', `/groups/${group}`, { token: alice.token })).json;
    expect(await statesOf(runs.map(({ id }: { id: string }) => id))).toEqual(all('SUCCESS', runs));
    await expectConsistency(stack.services);
  });

  it('of an admission leaves a run that the sweep starts', async () => {
    const ids = await dyingAtEachWrite(
      stack.services,
      () => queuedRun(stack, group),
      (services) => dispatch(services),
    );
    expect(ids.length).toBeGreaterThanOrEqual(2);
    await heal();
    expect(await statesOf(ids)).toEqual(all('SUCCESS', ids));
    await expectConsistency(stack.services);
  });

  it('of the start of a step leaves a run whose execution starts the step again', async () => {
    const ids = await dyingAtEachWrite(
      stack.services,
      () => admittedRun(stack, group),
      (services, runId) => nextStep(services, { runId, outcome: null }),
    );
    expect(ids.length).toBeGreaterThanOrEqual(3);
    await heal();
    expect(await statesOf(ids)).toEqual(all('SUCCESS', ids));
    await expectConsistency(stack.services);
  });

  it('of settling leaves a run that is settled later, with its result', async () => {
    const before = (await readLeaderboardState(stack.services, workflow)).results;
    const ids = await dyingAtEachWrite(
      stack.services,
      () => finishedRun(stack, group, '{"score": 2}'),
      (services, runId) => settleRun(services, runId, true),
    );
    expect(ids.length).toBeGreaterThanOrEqual(5);
    await heal();
    expect(await statesOf(ids)).toEqual(all('SUCCESS', ids));
    await expectConsistency(stack.services);
    expect((await readLeaderboardState(stack.services, workflow)).results).toBe(before + ids.length);
  });

  it('of a cancel leaves a run that continues, or a canceled run', async () => {
    const ids = await dyingAtEachWrite(
      stack.services,
      async () => (await startedRun(stack, group)).id,
      async (services, runId) => cancelRun(services, await findRun(services, runId)),
    );
    expect(ids.length).toBeGreaterThanOrEqual(5);
    await heal();
    const [first, ...others] = await statesOf(ids);
    expect(first).toBe('SUCCESS');
    expect(others).toEqual(all('CANCELED', others));
    await expectConsistency(stack.services);
  });

  it('of a deletion leaves the complete run or nothing', async () => {
    const ids = await dyingAtEachWrite(
      withoutMessages(stack.services),
      async () => {
        const runId = await finishedRun(stack, group, '{"score": 3}');
        await settleRun(stack.services, runId, true);
        return runId;
      },
      async (services, runId) => {
        await removeRun(services, await findRun(services, runId));
        await purgeSlice(services, { kind: 'run', id: runId, key: keys.run(runId) });
      },
    );
    expect(ids.length).toBeGreaterThanOrEqual(8);
    await heal();
    const [first, ...others] = await Promise.all(ids.map(readItem));
    expect(first?.state).toBe('SUCCESS');
    expect(others).toEqual(all(undefined, others));
    await expectConsistency(stack.services);
  });

  it('of the leaderboard function leaves a leaderboard that is later updated and post-processed once', async () => {
    // A new workflow each time, because a leaderboard is not ranked twice within two seconds.
    let number = 0;
    const workflows = await dyingAtEachWrite(
      stack.services,
      async () => {
        number += 1;
        const id = await installTemplate(stack, template + postproc, {}, { id: `B${number}` });
        const runId = await finishedRun(stack, await stack.group(id, alice.token, 'Group'), '{"score": 4}');
        await settleRun(withoutMessages(stack.services), runId, true);
        return id;
      },
      refreshLeaderboard,
    );
    expect(workflows.length).toBeGreaterThanOrEqual(6);
    await heal();
    await expectConsistency(stack.services);
    for (const id of workflows) {
      expect(await readLeaderboardState(stack.services, id)).toMatchObject({
        dirty: 1,
        built: 1,
        processed: 1,
      });
      const runs = await stack.services.table.list(keys.postprocEntries(id));
      expect(await statesOf(runs.map((run) => String(run.id)))).toEqual(['SUCCESS']);
    }
  });

  it('of the start of a run with large arguments leaves none of its objects', async () => {
    const id = await installTemplate(stack, large, {}, { id: 'L' });
    const own = await stack.group(id, alice.token, 'Group');
    const text = 'x'.repeat(110_000);
    const started = await dyingAtEachWrite(
      stack.services,
      async () => own,
      async (services) =>
        startRun(services, alice, await findGroup(services, own), [{ name: 'text', value: text }]),
    );
    expect(started.length).toBeGreaterThanOrEqual(6);
    await heal();
    const { runs } = (await stack.request('GET', `/groups/${own}`, { token: alice.token })).json;
    expect(runs).toHaveLength(2);
    expect(await statesOf(runs.map((run: { id: string }) => run.id))).toEqual(['SUCCESS', 'SUCCESS']);
    await expectConsistency(stack.services);
  });

  it('of the deletion of a group leaves the complete group or nothing', async () => {
    let number = 0;
    const groups = await dyingAtEachWrite(
      withoutMessages(stack.services),
      async () => {
        number += 1;
        const id = await stack.group(workflow, alice.token, `Group ${number}`);
        await stack.upload(id, alice.token, 'file.txt', 'text');
        await startedRun(stack, id);
        return id;
      },
      async (services, id) => {
        await removeGroup(services, await findGroup(services, id));
        await purgeSlice(services, { kind: 'group', id, key: keys.group(id) });
      },
    );
    expect(groups.length).toBeGreaterThanOrEqual(15);
    await heal();
    await heal();
    const [first, ...others] = await Promise.all(
      groups.map(async (id) => (await stack.services.table.list({ pk: `GROUP#${id}`, prefix: '' })).length),
    );
    expect(first).toBeGreaterThan(0);
    expect(others).toEqual(others.map(() => 0));
    await expectConsistency(stack.services);
  });
});
