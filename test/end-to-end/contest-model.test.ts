import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { readLimits } from '../../shared/groups/limits.ts';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { moveRun } from '../../shared/runs/life-cycle.ts';
import { removeRun } from '../../shared/runs/remove.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { startRun } from '../../shared/runs/start.ts';
import { contestRequests } from './contest-requests.ts';
import { whileFull, withoutMessages } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const { contest } = contestRequests(stack);

const LIMITS = { runsPerDay: 4, runs: 6, runsAtOnce: 3 };
const DAY = 86_400_000;
/** The fields that a run of the model needs. */
interface Known {
  readonly id: string;
  readonly day: number;
  state: 'waiting' | 'running' | 'ended';
  counts: boolean;
}

const step = fc.record({
  kind: fc.constantFrom(
    'start',
    'start',
    'start',
    'begin',
    'cancel',
    'succeed',
    'fail',
    'lose',
    'remove',
    'sleep',
  ),
  which: fc.nat(20),
  at: fc.nat(3),
});

it('counts exactly the runs that a simple model counts, whatever happens to them', async () => {
  await contest('MODEL', '{runsPerDay: 4, runs: 6, runsAtOnce: 3, groupsPerUser: 1}');
  let users = 0;
  const check = async (steps: readonly { kind: string; which: number; at: number }[]) => {
    users += 1;
    const user = await stack.user(`user ${users}`);
    const group = await findGroup(stack.services, await stack.group('MODEL', user.token, `Group ${users}`));
    let time = Date.now();
    const services = { ...withoutMessages(stack.services), now: () => new Date(time) };
    const runs: Known[] = [];
    const day = () => Math.floor(time / DAY);
    const counted = () => ({
      runsPerDay: runs.filter((run) => run.counts && run.day === day()).length,
      runs: runs.filter(({ counts }) => counts).length,
      runsAtOnce: runs.filter(({ state }) => state !== 'ended').length,
    });
    const room = () =>
      Math.min(...Object.entries(counted()).map(([name, used]) => LIMITS[name as 'runs'] - used));
    const end = async (run: Known, counts: boolean) => {
      run.state = 'ended';
      run.counts = counts;
      await settleRun(services, run.id, true);
    };
    /** Several starts at the same time. */
    const startAll = async (many: number) => {
      const wanted = Math.max(0, Math.min(many, room()));
      const made = await Promise.allSettled(
        Array.from({ length: many }, () => startRun(services, user, group, [])),
      );
      const ids = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.id] : []));
      expect(ids).toHaveLength(wanted);
      for (const id of ids) runs.push({ id, day: day(), state: 'waiting', counts: true });
    };
    const act = async (kind: string, run: Known) => {
      const stored = await findRun(services, run.id).catch(() => undefined);
      if (kind === 'remove' && run.state === 'ended' && stored) return removeRun(services, stored);
      if (!stored || run.state === 'ended') return;
      if (kind === 'begin' && run.state === 'waiting') {
        await moveRun(services, stored, 'RUNNING');
        run.state = 'running';
      } else if (kind === 'cancel') {
        await cancelRun(services, stored);
        await end(run, run.state === 'running');
      } else if (kind === 'succeed' || kind === 'fail' || kind === 'lose') {
        const refunded = kind === 'lose';
        await moveRun(services, stored, kind === 'succeed' ? 'SUCCESS' : 'ERROR', { refunded });
        await end(run, !refunded);
      }
    };
    for (const { kind, which, at } of steps) {
      if (kind === 'start') await startAll(at + 1);
      else if (kind === 'sleep') time += DAY / 2;
      else if (runs.length > 0) await act(kind, runs[which % runs.length] as Known);
      const { limits } = await readLimits(services, group, user);
      const used = Object.fromEntries(limits.map((limit) => [limit.name, limit.used]));
      expect(used).toEqual({ ...counted(), groupsPerUser: 1 });
    }
    for (const run of runs) await act('succeed', run);
    expect(await recountQuotas(stack.services)).toEqual([]);
  };
  await whileFull(stack, () =>
    fc.assert(fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 20 }), check), {
      numRuns: 25,
      seed: 19,
    }),
  );
}, 180_000);
