import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHandle } from '../../shared/api/run-handle.ts';
import { archiveOrderOf, placeOrder } from '../../shared/archives/order.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { removeGroup } from '../../shared/groups/remove.ts';
import { removeObsoleteRuns } from '../../shared/maintenance/obsolete-runs.ts';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { buildSnapshot, removeLostSnapshots } from '../../shared/ranking/leaderboard.ts';
import { refreshLeaderboard } from '../../shared/ranking/refresh.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun, type Run, readAnyRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import type { Services } from '../../shared/services/services.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { ALL_VISIBLE } from '../../shared/template/visibility.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { ALL_RESULTS, installTemplate, oneStep, SCORES } from './install-template.ts';
import { meanwhile } from './meanwhile.ts';
import { finishedRun, queuedRun, whileFull, withoutMessages } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
/** Services whose messages are lost, so that only the test advances leaderboards and queues. */
let quiet: Services;
let token = '';

beforeAll(async () => {
  quiet = withoutMessages(stack.services);
  ({ token } = await stack.user('alice'));
  await installTemplate(stack, oneStep(['true'], SCORES, ['result.json']), {}, { id: 'W' });
});
afterAll(async () => {
  await refreshLeaderboard(inAMinute(), 'W');
});

/** Services at a time when another snapshot is allowed. */
const inAMinute = (): Services => ({ ...stack.services, now: () => new Date(Date.now() + 60_000) });

let groups = 0;
/** Purges a deleted object whose wake-up message was lost. */
async function purgeNow(kind: 'group' | 'run', id: string, services = quiet): Promise<void> {
  await purgeSlice(services, { kind, id, key: keys[kind](id) });
}

async function newGroup(workflow = 'W'): Promise<string> {
  groups += 1;
  return stack.group(workflow, token, `Group ${groups}`);
}

/** Creates a ranked run. */
async function success(group: string, score = 1): Promise<Run> {
  const id = await finishedRun(stack, group, `{"score": ${score}}`);
  await settleRun(quiet, id, true);
  return findRun(quiet, id);
}

const itemOf = (wanted: Key) => (key: Key) => key.pk === wanted.pk && key.sk === wanted.sk;

describe('a run that is deleted by another request', () => {
  /** Another request deletes the run right before it is marked. */
  const removedIn = (run: Run) =>
    meanwhile(
      quiet,
      'transact',
      () => removeRun(quiet, run),
      (writes) => writes.some(({ Update }) => Update?.Key?.pk === keys.run(run.id).pk),
    );

  it('is gone if it is being deleted at the same time', async () => {
    const run = await success(await newGroup());
    await removeRun(removedIn(run), run);
    await expect(findRun(quiet, run.id)).rejects.toMatchObject({ status: 404 });
    await purgeNow('run', run.id);
  });

  it('does not stop the concurrent deletion of its group', async () => {
    const group = await newGroup();
    const run = await success(group);
    await removeGroup(quiet, await findGroup(quiet, group));
    await purgeNow('group', group, removedIn(run));
    expect(await quiet.table.get(keys.group(group))).toBeUndefined();
    await purgeNow('run', run.id);
  });

  it('does not stop the concurrent deletion of all old runs', async () => {
    const group = await newGroup();
    const [first, second] = [await success(group), await success(group)];
    await removeObsoleteRuns(removedIn(first), '9999');
    for (const { id } of [first, second]) {
      await expect(findRun(quiet, id)).rejects.toMatchObject({ status: 404 });
      await purgeNow('run', id);
    }
  });

  it('causes a 404 for a concurrent cancel', async () => {
    const run = await findRun(quiet, await queuedRun(stack, await newGroup()));
    const gone = async () => removeRun(quiet, await cancelRun(quiet, run));
    await expect(cancelRun(meanwhile(quiet, 'transact', gone), run)).rejects.toMatchObject({ status: 404 });
    await purgeNow('run', run.id);
  });

  it('causes a 404 for a concurrent read or request for its archive', async () => {
    const run = await success(await newGroup());
    const document = itemOf(keys.document(keys.run(run.id), 'arguments'));
    const removed = async () => {
      await removeRun(quiet, run);
      await purgeNow('run', run.id);
    };
    const torn = runHandle(meanwhile(quiet, 'get', removed, document), run, ALL_VISIBLE);
    await expect(torn).rejects.toMatchObject({ status: 404, code: 'run.unknown' });
    await expect(placeOrder(quiet, archiveOrderOf(run))).rejects.toMatchObject({
      status: 404,
      code: 'run.unknown',
    });
  });
});

describe('a group that is deleted by another request', () => {
  it('causes a 404 for a concurrent read of its parameters', async () => {
    const parameters = [{ name: 'x', dtype: 'int', defaultValue: 1 }];
    const body = { name: 'Own parameters', parameters };
    const { json } = await stack.request('POST', '/workflows/W/groups', { token, body });
    const group = await findGroup(quiet, json.id);
    const run = await success(json.id);
    const torn = runHandle(
      meanwhile(
        quiet,
        'get',
        async () => {
          await removeGroup(quiet, group);
          await purgeNow('group', group.id);
        },
        itemOf(keys.document(keys.group(group.id), 'parameters')),
      ),
      run,
      ALL_VISIBLE,
      group,
    );
    await expect(torn).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    { what: 'name', body: { name: 'Free again' } },
    { what: 'identifier', body: { name: 'Chosen', id: 'CHOSEN' } },
  ])(
    'does not lose its $what for the next group if it is being deleted at the same time',
    async ({ body }) => {
      const create = () => stack.request('POST', '/workflows/W/groups', { token, body });
      const group = await findGroup(quiet, (await create()).json.id);
      const next: string[] = [];
      const others = async () => {
        await removeGroup(quiet, group);
        await purgeNow('group', group.id);
        next.push((await create()).json.id);
      };
      await removeGroup(
        meanwhile(quiet, 'transact', others, ([write]) => write?.Update?.Key?.pk === keys.group(group.id).pk),
        group,
      );
      expect((await stack.request('GET', `/groups/${next[0]}`, { token })).json.name).toBe(body.name);
      expect((await create()).status).toBe(400);
      // A late repetition of the first deletion does not affect the next group either.
      await removeGroup(quiet, group);
      expect((await stack.request('GET', `/groups/${next[0]}`, { token })).status).toBe(200);
    },
  );
});

describe('a ranked run that is deleted', () => {
  const install = (id: string) =>
    installTemplate(stack, oneStep(['true'], SCORES + ALL_RESULTS, ['result.json']), {}, { id });

  it('before post-processing read its files is omitted', async () => {
    await install('P1');
    const [first, second] = [await success(await newGroup('P1'), 1), await success(await newGroup('P1'), 2)];
    const files = keys.document(keys.run(first.id), 'files');
    const early = meanwhile(
      quiet,
      'getMany',
      async () => {
        await removeRun(quiet, first);
        await purgeNow('run', first.id);
      },
      ([key]) => key?.sk === files.sk,
    );
    await refreshLeaderboard(early, 'P1');
    expect((await readLeaderboardState(quiet, 'P1')).postprocRunId).toBeUndefined();
    await refreshLeaderboard(inAMinute(), 'P1');
    const { state, files: made } = await stack.postproc('P1', ended);
    expect([state, made.length, await readAnyRun(quiet, second.id)]).toMatchObject(['SUCCESS', 1, {}]);
  });

  it('while post-processing waits is omitted from the next post-processing run, which follows automatically', async () => {
    await install('P2');
    const [first, second] = [await success(await newGroup('P2'), 1), await success(await newGroup('P2'), 2)];
    const lost = await whileFull(stack, async () => {
      await refreshLeaderboard(stack.services, 'P2');
      expect((await stack.request('DELETE', `/runs/${first.id}`, { token })).status).toBe(204);
      return (await readLeaderboardState(quiet, 'P2')).postprocRunId;
    });
    await dispatch(stack.services);
    const next = await stack.postproc('P2', (run) => ended(run) && run.id !== lost);
    expect(next.state).toBe('SUCCESS');
    const text = (await stack.request('GET', `/workflows/P2/downloads/files/${next.files[0].id}`)).text;
    expect(text).toBe('{"score": 2}');
    expect((await readAnyRun(quiet, String(lost)))?.state).toBe('ERROR');
    expect(second.state).toBe('SUCCESS');
  });

  const ended = ({ state }: { state: string }) => state !== 'PENDING' && state !== 'RUNNING';
});

describe('a snapshot', () => {
  it('that is published while lost snapshots are removed is kept', async () => {
    const group = await newGroup();
    await success(group, 7);
    const { objects } = quiet;
    const removeAll: typeof objects.removeAll = async (...args) => {
      await success(group, 8);
      const leaderboard = await readLeaderboardState(quiet, 'W');
      await buildSnapshot(quiet, 'W', leaderboard, {
        version: 1,
        rankedSince: 1,
        order: [{ name: 'score', descending: true }],
      });
      return objects.removeAll(...args);
    };
    await removeLostSnapshots({ ...quiet, objects: { ...objects, removeAll } }, 'W');
    const { built, dirty } = await readLeaderboardState(quiet, 'W');
    expect(built).toBe(dirty);
    expect(await objects.size('data', objectKeys.leaderboard('W', built))).toBeGreaterThan(0);
  });
});
