import { beforeAll, describe, expect, it } from 'vitest';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { keys } from '../../shared/store/keys.ts';
import { contestRequests } from './contest-requests.ts';
import { start } from './install-template.ts';
import { admittedRun, playTask, started, stopped, whileFull } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { contest, limitsOf, cancel } = contestRequests(stack);

describe('a run that ends', () => {
  let alice: { id: string; token: string };
  let group: string;
  beforeAll(async () => {
    await contest('ENDS', '{runsPerDay: 100, runs: 1000, runsAtOnce: 50, groupsPerUser: 1}');
    alice = await stack.user('anna');
    group = await stack.group('ENDS', alice.token, 'Anna');
  });
  const used = async () => {
    const { limits } = await limitsOf(group, alice.token);
    return limits.slice(0, 3).map((limit: { used: number }) => limit.used);
  };
  const settled = async (run: string) => {
    await settleRun(stack.services, run, true);
    return (await stack.ended(run, alice.token)).state;
  };

  it('counts when the code failed, and does not when the platform did', async () => {
    const { services } = stack;
    const failing = await admittedRun(stack, group);
    const { ticket } = started(await nextStep(services, { runId: failing, outcome: null }));
    await playTask(stack, ticket, { exitCode: 1, files: {} });
    await nextStep(services, { runId: failing, outcome: stopped(1) });
    expect([await settled(failing), await used()]).toEqual(['ERROR', [1, 1, 0]]);

    const lost = await admittedRun(stack, group);
    let now = new Date();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const at = { ...services, now: () => now };
      expect(started(await nextStep(at, { runId: lost, outcome: null })).attempt).toBe(attempt);
      await nextStep(at, { runId: lost, outcome: stopped(-1, attempt) });
      now = new Date(now.getTime() + 10_000);
    }
    expect(await used()).toEqual([2, 2, 1]);
    expect([await settled(lost), await used()]).toEqual(['ERROR', [1, 1, 0]]);
    await settleRun(services, lost, true);
    await stack.request('DELETE', `/runs/${lost}`, { token: alice.token });
    expect(await used()).toEqual([1, 1, 0]);
  });

  it('counts when a step exceeded its time, which is the code', async () => {
    const before = await used();
    const slow = await admittedRun(stack, group);
    const { services } = stack;
    await nextStep(services, { runId: slow, outcome: null });
    const error = { name: 'States.Timeout', cause: '' };
    await nextStep(services, { runId: slow, outcome: { step: 0, attempt: 1, error } });
    expect(await settled(slow)).toBe('ERROR');
    expect(await used()).toEqual([before[0] + 1, before[1] + 1, 0]);
  });

  it('does not count when it is canceled before it began, however often and concurrently', async () => {
    const before = await used();
    await whileFull(stack, async () => {
      for (let round = 0; round < 3; round += 1) {
        const { json } = await start(stack, group, alice.token);
        await Promise.all([1, 2, 3, 4].map(() => cancel(json.id, alice.token)));
      }
    });
    expect(await used()).toEqual(before);
  });

  it('counts when it is canceled after it began', async () => {
    const before = await used();
    const run = await admittedRun(stack, group);
    await nextStep(stack.services, { runId: run, outcome: null });
    await cancel(run, alice.token);
    expect(await used()).toEqual([before[0] + 1, before[1] + 1, 0]);
  });

  it('has sums that are counted again from what is stored', async () => {
    const before = await used();
    const day = (await limitsOf(group, alice.token)).limits[0].renewsAt;
    const today = new Date(Date.parse(day) - 1).toISOString().slice(0, 10);
    const { table } = stack.services;
    await table.update(keys.groupUse(group, `runs#${today}`), { set: { used: 0 } });
    await table.update(keys.groupUse(group, 'runs#active'), { set: { used: 9 } });
    await table.update(keys.participantUse('ENDS', alice.id, 'groups#kept'), { set: { used: 0 } });
    expect(await recountQuotas(stack.services)).toHaveLength(3);
    expect(await recountQuotas(stack.services)).toEqual([]);
    const { limits } = await limitsOf(group, alice.token);
    // One of the runs was refunded and deleted; the others are stored.
    expect(limits.map((limit: { used: number }) => limit.used)).toEqual([before[0], before[1], 0, 1]);
  });
});
