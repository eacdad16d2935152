import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { removeGroup } from '../../shared/groups/remove.ts';
import { release, take } from '../../shared/maintenance/lease.ts';
import { purge, purgeSlice } from '../../shared/maintenance/purge.ts';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun, readAnyRun } from '../../shared/runs/run.ts';
import type { Services } from '../../shared/services/services.ts';
import { minutesLater } from '../../shared/store/due.ts';
import { keys } from '../../shared/store/keys.ts';
import { readWaiting } from '../../shared/store/purge.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { installTemplate, oneStep, SCORES } from '../end-to-end/install-template.ts';
import { servicesOf } from '../end-to-end/own-function.ts';
import { queuedRun, whileFull, withoutMessages } from '../end-to-end/played-run.ts';
import { purged } from '../end-to-end/purged.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { storeRuns } from '../end-to-end/stored-runs.ts';

const stack = useStack({ env: { FLOWSERV_QUOTA_BYTES: '1000' }, check: 'consistency' });
/** Services whose messages are lost, so that only the test purges. */
let quiet: Services;
let alice: { id: string; token: string };

beforeAll(async () => {
  quiet = withoutMessages(stack.services);
  alice = await stack.user('alice');
  await installTemplate(stack, oneStep(['true'], SCORES, ['result.json']), {}, { id: 'W' });
});

afterAll(() => stack.services.messages.leaderboardDirty('W'));

const ofGroup = (id: string) => ({ kind: 'group', id, key: keys.group(id) }) as const;

/** A deleted group with an upload and ranked runs. */
async function deletedGroup(name: string, runs: number): Promise<{ id: string; runs: string[] }> {
  const id = await stack.group('W', alice.token, name);
  await stack.upload(id, alice.token, 'a.txt', 'x'.repeat(10));
  const stored = await storeRuns(quiet, 'W', id, runs);
  await removeGroup(quiet, await findGroup(quiet, id));
  return { id, runs: stored };
}

describe('a purge', () => {
  it('is done by one worker at a time, and by the next after the lease of the first', async () => {
    const { id } = await deletedGroup('Taken', 1);
    expect(await take(quiet, ofGroup(id))).toMatchObject({ deleting: true });
    expect(await purgeSlice(quiet, ofGroup(id))).toBeUndefined();
    const late = { ...quiet, now: () => minutesLater(new Date(), 7) };
    const first = (await quiet.table.get(keys.group(id))) ?? { ...keys.group(id) };
    const taken = (await take(late, ofGroup(id))) ?? { ...keys.group(id) };
    expect(taken).toMatchObject({ deleting: true });
    // The first worker no longer has the lease, and cannot release the lease of the other.
    await release(quiet, ofGroup(id), first, new Date());
    expect(await purgeSlice(quiet, ofGroup(id))).toBeUndefined();
    await release(quiet, ofGroup(id), taken, new Date());
    expect(await purgeSlice(quiet, ofGroup(id))).toBe('done');
    expect(await take(quiet, ofGroup(id))).toBeUndefined();
  });

  it('removes nothing before its time, and cancels active runs', async () => {
    const id = await stack.group('W', alice.token, 'Kept');
    const [stored = ''] = await storeRuns(quiet, 'W', id, 1);
    await whileFull(stack, async () => {
      const active = await queuedRun(stack, id);
      await removeGroup(quiet, await findGroup(quiet, id));
      const time = minutesLater(new Date(), 60).toISOString();
      await quiet.table.update(keys.group(id), { set: { purgeAfter: time } });
      expect(await purgeSlice(quiet, ofGroup(id))).toEqual(new Date(time));
      expect((await readAnyRun(quiet, active))?.state).toBe('CANCELED');
    });
    const kept = await quiet.table.get(keys.document(keys.run(stored), 'files'));
    expect(kept).toBeDefined();
    expect(await quiet.table.get(keys.group(id))).toMatchObject({ dueAt: expect.any(String), name: 'Kept' });
    const late = { ...quiet, now: () => minutesLater(new Date(), 61) };
    expect(await purgeSlice(late, ofGroup(id))).toBe('done');
    expect(await quiet.table.get(keys.run(stored))).toBeUndefined();
  });

  it('requests the next slice when its time is over, as a pass of the dispatcher does', async () => {
    const { id } = await deletedGroup('Sliced', 1);
    const group = await stack.group('W', alice.token, 'Queued');
    const orders: unknown[] = [];
    const recording = (services: Services): Services => {
      const { messages } = services;
      const sent = async (order: object, send: () => Promise<void>) => {
        orders.push(order);
        await send();
      };
      return {
        ...services,
        messages: {
          ...messages,
          purge: (order) => sent(order, () => messages.purge(order)),
          dispatch: () => sent({}, () => messages.dispatch()),
        },
      };
    };
    await whileFull(stack, async () => {
      for (let run = 0; run < 2; run += 1) await queuedRun(stack, group);
      const clock = vi.spyOn(performance, 'now');
      let minutes = 0;
      clock.mockImplementation(() => {
        minutes += 1;
        return minutes * 60_000;
      });
      try {
        await purge(recording(servicesOf(stack, 'sweep')), ofGroup(id));
        const dispatcher = recording(servicesOf(stack, 'dispatch'));
        const config = { ...dispatcher.config, capacity: 1_000_000 };
        expect(await dispatch({ ...dispatcher, config })).toBe(0);
      } finally {
        clock.mockRestore();
      }
      expect(orders).toEqual([{ kind: 'group', id }, {}]);
      await removeGroup(stack.services, await findGroup(quiet, group));
      for (const left of [id, group]) await purged(quiet, keys.group(left));
    });
  });

  it('keeps the leaderboard entry of a deleted run with the run until it is purged', async () => {
    const group = await stack.group('W', alice.token, 'Ranked');
    const [id = ''] = await storeRuns(quiet, 'W', group, 1);
    await removeRun(quiet, await findRun(quiet, id));
    expect(await quiet.table.list(keys.results('W'))).toEqual([]);
    expect(await quiet.table.get(keys.hiddenResult(id))).toMatchObject({ values: '{"score":1}' });
    expect(await Array.fromAsync(readWaiting(quiet, 'run'))).toMatchObject([{ id, groupId: group }]);
    await purgeSlice(quiet, { kind: 'run', id, key: keys.run(id) });
    expect(await quiet.table.list(keys.runParts(id))).toEqual([]);
    expect(await Array.fromAsync(readWaiting(quiet, 'run'))).toEqual([]);
  });

  it('refunds the bytes of what it removes, which count until then', async () => {
    const id = await installTemplate(stack, oneStep(['true']), {}, { id: 'COUNTED' });
    const group = await stack.group(id, alice.token, 'Counted');
    await stack.upload(group, alice.token, 'a.txt', 'x'.repeat(10));
    await removeWorkflow(quiet, id);
    expect(await recountQuotas(quiet)).toEqual([]);
    await purgeSlice(quiet, { kind: 'workflow', id, key: keys.workflow(id) });
    const bytes = await quiet.table.get(keys.quota(alice.id, 'bytes#kept'));
    expect(bytes?.used).toBe(0);
    expect(await recountQuotas(quiet)).toEqual([]);
  });
});
