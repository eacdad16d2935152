import { beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { expectConsistency, storedNames } from './consistency.ts';
import { installTemplate, PAUSE_AND_SCORE, start } from './install-template.ts';
import { askBroker, describeUpload, put, startedRun } from './played-run.ts';
import { begun, gone, processesWith } from './processes.ts';
import { purged } from './purged.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Deletion of runs and groups, also while a step runs. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };

beforeAll(async () => {
  alice = await stack.user('alice');
  await installTemplate(stack, PAUSE_AND_SCORE, {}, { id: 'W' });
});

const remove = (path: string) => stack.request('DELETE', path, { token: alice.token });

/**
 * Sweeps after all links expired, until no name in the table and the buckets contains the id. What the runs of a group used
 * stays.
 */
async function leavesNothing(id: string): Promise<void> {
  await poll(async () => {
    await sweep({ ...stack.services, now: () => new Date(Date.now() + 60 * 60_000) });
    const names = (await storedNames(stack.services)).filter((name) => !name.startsWith('USAGE#'));
    return names.some((name) => name.includes(id)) ? undefined : true;
  }, `data of ${id} remains`);
}

async function runningStep(group: string, pause: number): Promise<{ id: string; pids: number[] }> {
  const { json } = await start(stack, group, alice.token, { pause });
  return { id: json.id, pids: await begun(() => processesWith(stack, String(pause))) };
}

describe('deleting', () => {
  it('an ended run leaves no data', async () => {
    const group = await stack.group('W', alice.token, 'Ended');
    const { json } = await start(stack, group, alice.token);
    expect((await stack.ended(json.id, alice.token)).state).toBe('SUCCESS');
    await expectConsistency(stack.services);
    expect((await remove(`/runs/${json.id}`)).status).toBe(204);
    await purged(stack.services, keys.run(json.id));
    expect((await storedNames(stack.services)).filter((name) => name.includes(json.id))).toEqual([]);
  });

  it('a group with a running step ends the step and leaves no data of the group and its runs', async () => {
    const group = await stack.group('W', alice.token, 'Running');
    await stack.upload(group, alice.token, 'file.txt', 'text');
    const ended = (await start(stack, group, alice.token)).json.id;
    await stack.ended(ended, alice.token);
    const running = await runningStep(group, 4323);
    expect((await remove(`/groups/${group}`)).status).toBe(204);
    await gone(running.pids);
    for (const id of [ended, running.id]) {
      expect((await stack.request('GET', `/runs/${id}`, { token: alice.token })).status).toBe(404);
    }
    await expectConsistency(stack.services);
    for (const id of [group, ended, running.id]) await leavesNothing(id);
    // The name is free again.
    expect(await stack.group('W', alice.token, 'Running')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('a run whose step was just canceled ends its processes and leaves no data', async () => {
    const group = await stack.group('W', alice.token, 'Canceled');
    const { id, pids } = await runningStep(group, 4324);
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
    expect((await remove(`/runs/${id}`)).status).toBe(204);
    expect((await stack.request('GET', `/runs/${id}`, { token: alice.token })).status).toBe(404);
    await gone(pids);
    await leavesNothing(id);
    await expectConsistency(stack.services);
  });

  it('a run also removes later uploads of its task through an old link', async () => {
    const group = await stack.group('W', alice.token, 'Late');
    const { id, ticket } = await startedRun(stack, group);
    const files = [describeUpload('output', 'result.json', 'late'), describeUpload('log', '0.out', 'late')];
    const { json } = await askBroker(stack, ticket, '/uploads', { files });
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
    expect((await remove(`/runs/${id}`)).status).toBe(204);
    // The content is removed once; then the run waits until all links expired.
    await poll(
      async () => ((await stack.services.table.get(keys.step(id, 0))) ? undefined : true),
      'the run is not purged',
    );
    for (const link of json.uploads) expect(await put(link, 'late')).toBe(200);
    expect(await stack.services.objects.size('work', objectKeys.stepFile(id, 0, 1, 'log-0.out'))).toBe(4);
    await leavesNothing(id);
  });

  it('an ended run that was not settled releases its slot', async () => {
    const group = await stack.group('W', alice.token, 'Unsettled');
    const { id } = await startedRun(stack, group);
    const { table } = stack.services;
    const before = Number((await table.get(keys.capacity()))?.inUse);
    // Simulates a process that died right after the transition.
    await table.transact([
      table.write.update(keys.run(id), {
        set: { state: 'ERROR', finishedAt: '2026-01-01T00:00:00.000000+00:00' },
      }),
      table.write.update(keys.group(group), { add: { activeRuns: -1 } }),
    ]);
    expect((await remove(`/runs/${id}`)).status).toBe(204);
    const released = async () => (await table.get(keys.capacity()))?.inUse === before - 1 || undefined;
    await poll(released, 'the slot is not released');
    await leavesNothing(id);
  });
});
