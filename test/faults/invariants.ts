import { CLUSTER, queues } from '../../infra/local/names.ts';
import { queueNames } from '../../infra/queues.ts';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { readRanked } from '../../shared/runs/documents/ranked.ts';
import { isActive } from '../../shared/runs/state.ts';
import { keys } from '../../shared/store/keys.ts';
import { DUE_SHARDS } from '../../shared/store/table-definition.ts';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { listGroupUsages, listMonths, type MonthUsage } from '../../shared/workflows/usage.ts';
import { inconsistencies } from '../end-to-end/consistency.ts';
import type { History, RunHistory } from './history.ts';
import { LIMITS, type Scenario, scoreOf, WORKFLOW } from './scenario.ts';
import type { World } from './world/world.ts';

/** Everything that a check looks at, after two sweeps without faults. */
export interface Outcome {
  readonly world: World;
  readonly scenario: Scenario;
  readonly history: History;
}

/** A check returns one sentence for each difference. */
type Check = (outcome: Outcome) => Promise<string[]> | string[];

/** What must be true after any faults. */
export const invariants: Readonly<Record<string, Check>> = {
  'participants get only responses that the API documents': ({ scenario }) => scenario.complaints,

  'every run is final': ({ history }) =>
    existing(history).flatMap((run) => {
      const { state } = last(run);
      return isActive(state) ? [`run ${run.id} is ${state}`] : [];
    }),

  'every run has had one final state': ({ history }) =>
    [...history.runs.values()].flatMap((run) => {
      const states = run.states.map(({ state }) => state);
      const first = states.findIndex((state) => !isActive(state));
      return first >= 0 && first < states.length - 1 ? [`run ${run.id} was ${states.join(', ')}`] : [];
    }),

  'no run is lost': ({ scenario, history }) =>
    scenario.participants.flatMap(({ attempts }) =>
      attempts.flatMap(({ ids }) =>
        [...ids]
          .filter((id) => !history.runs.has(id))
          .map((id) => `run ${id} was confirmed, and does not exist`),
      ),
    ),

  'no run is doubled': ({ scenario, history }) =>
    scenario.participants.flatMap(({ groupId, attempts }) => {
      const doubled = attempts.filter(({ ids }) => ids.size > 1).map(({ key }) => `two responses to ${key}`);
      const known = new Set(attempts.flatMap(({ ids }) => [...ids]));
      const open = attempts.filter(({ outcome }) => outcome === 'unknown').length;
      const others = ofGroup(history, groupId).filter(({ id }) => !known.has(id)).length;
      return others > open ? [...doubled, `group ${groupId} has ${others - open} runs too many`] : doubled;
    }),

  'no limit was exceeded at any time': ({ scenario, history }) =>
    scenario.participants.flatMap(({ groupId }) => {
      const runs = ofGroup(history, groupId);
      const most = mostAtOnce(runs);
      const counted = runs.filter(({ refunded }) => !refunded).length;
      return [
        ...(most > LIMITS.runsAtOnce ? [`group ${groupId} had ${most} runs at once`] : []),
        ...(counted > LIMITS.runs ? [`group ${groupId} had ${counted} runs that count`] : []),
      ];
    }),

  'limits equal what is recomputed from the runs': async ({ world, scenario, history }) => {
    const differences: string[] = [];
    for (const { groupId, token } of scenario.participants) {
      const { json } = await world.request('GET', `/groups/${groupId}/limits`, { token });
      const counted = ofGroup(history, groupId).filter(({ refunded }) => !refunded);
      const today = new Date(world.simulation.now()).toISOString().slice(0, 10);
      const expected: Record<string, number> = {
        runsPerDay: counted.filter(({ createdAt }) => createdAt.startsWith(today)).length,
        runs: counted.length,
        runsAtOnce: 0,
      };
      for (const { name, used } of json.limits) {
        if (name in expected && used !== expected[name])
          differences.push(`${name} of group ${groupId} is ${used}, and ${expected[name]} by its runs`);
      }
    }
    return differences;
  },

  'usage and costs equal what is recomputed from the steps of all runs': async ({ world, history }) => {
    const { services } = world;
    const { entries } = await listMonths(services, WORKFLOW, {});
    const ofGroups = entries.map(({ month }) => listGroupUsages(services, WORKFLOW, month, {}));
    const stored = [...entries, ...(await Promise.all(ofGroups)).flatMap((page) => page.entries)];
    return difference('usage', stored.map(usageText).toSorted(), usagesOf(history).map(usageText).toSorted());
  },

  'sums of quotas equal those of the reservations': async ({ world }) =>
    (await recountQuotas(world.services)).map(
      ({ key, stored, counted }) => `${key.pk}/${key.sk} is ${stored}, and ${counted} by the reservations`,
    ),

  'the leaderboard equals the one recomputed from the runs': async ({ world, scenario, history }) => {
    const { token } = scenario.participants[0] ?? {};
    const request = token === undefined ? {} : { token };
    const { status, json } = await world.request('GET', `/workflows/${WORKFLOW}/leaderboard`, request);
    if (status !== 200) return [`status ${status}: ${JSON.stringify(json)}`];
    const shown = json.ranking.map(
      ({ run, results }: { run: { id: string }; results: readonly { value: number }[] }) =>
        `${run.id} ${results[0]?.value}`,
    );
    const expected = bestRuns(scenario, history).map((id) => `${id} ${scoreOf(id)}`);
    return difference('the leaderboard', shown, expected);
  },

  'post-processing has seen the last set of ranked runs': async ({ world, scenario, history }) => {
    const { postprocRunId } = await readLeaderboardState(world.services, WORKFLOW);
    const wanted = setsToProcess(scenario, history);
    if (wanted.some((set) => set === '')) return [];
    if (postprocRunId === undefined) return ['there was no post-processing'];
    const seen = (await readRanked(world.services, postprocRunId)).toSorted().join(', ');
    return wanted.includes(seen)
      ? []
      : [`post-processing has seen ${seen}`, ...wanted.map((set) => `not ${set}`)];
  },

  'the stored data is consistent, without orphans in table and buckets': ({ world }) =>
    inconsistencies(world.services),

  'the sweep has nothing left to do': async ({ world }) => {
    const due: string[] = [];
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      const found = await world.services.table.due(`DUE#${shard}`, '9999', 100);
      due.push(...found.map(({ pk, sk }) => `${pk}/${sk} is due`));
    }
    return due;
  },

  'no execution goes on': async ({ world }) => {
    const open: string[] = [];
    for (const id of await world.openExecutions()) open.push(`execution ${id} goes on`);
    return open;
  },

  'no task goes on': async ({ world }) => {
    const { taskArns } = await world.call('ecs', 'ListTasks', { cluster: CLUSTER, desiredStatus: 'RUNNING' });
    const containers = [...world.tasks.running].map((name) => `container ${name} goes on`);
    return [...taskArns.map((arn: string) => `task ${arn} goes on`), ...containers];
  },

  'no message waits': ({ world }) =>
    queueNames.flatMap((name) => {
      const { visible, inFlight, delayed } = world.aws.queues.counts(queues[name]);
      const waiting = visible + inFlight + delayed;
      return waiting > 0 ? [`${waiting} messages wait in queue ${name}`] : [];
    }),

  'the stage holds no capacity': async ({ world }) => {
    const inUse = (await world.services.table.get(keys.capacity()))?.inUse ?? 0;
    return inUse === 0 ? [] : [`${inUse} vCPUs are in use`];
  },
};

const last = ({ states }: RunHistory) => states.at(-1) ?? { state: 'PENDING' as const, at: 0 };
const existing = ({ runs }: History) => [...runs.values()].filter(({ deletedAt }) => deletedAt === undefined);
const ofGroup = ({ runs }: History, groupId: string) =>
  [...runs.values()].filter((run) => run.groupId === groupId);

/** The best successful run of each group at a time, the best first. */
function bestRuns({ participants }: Scenario, { runs }: History, time = Number.POSITIVE_INFINITY): string[] {
  const isRanked = ({ states, deletedAt }: RunHistory) =>
    states.some(({ state, at }) => state === 'SUCCESS' && at <= time) &&
    (deletedAt === undefined || deletedAt > time);
  const best = participants.flatMap(({ groupId }) => {
    const ranked = [...runs.values()].filter((run) => run.groupId === groupId && isRanked(run));
    return ranked.toSorted((a, b) => scoreOf(b.id) - scoreOf(a.id)).slice(0, 1);
  });
  return best.toSorted((a, b) => scoreOf(b.id) - scoreOf(a.id)).map(({ id }) => id);
}

/**
 * The sets of ranked runs that post-processing may have seen last: that of the last success, or a later one, since a
 * deletion does not start post-processing (flowServ engine specification, post-processing).
 */
function setsToProcess(scenario: Scenario, history: History): string[] {
  const runs = [...history.runs.values()].filter(({ groupId }) => groupId !== undefined);
  const successes = runs.flatMap(({ states }) => states.filter(({ state }) => state === 'SUCCESS'));
  const lastSuccess = Math.max(0, ...successes.map(({ at }) => at));
  const deletions = runs.flatMap(({ deletedAt }) => deletedAt ?? []).filter((at) => at > lastSuccess);
  return [lastSuccess, ...deletions].map((at) => bestRuns(scenario, history, at).toSorted().join(', '));
}

/** The greatest number of runs that were active at the same time. */
function mostAtOnce(runs: readonly RunHistory[]): number {
  const changes = runs.flatMap((run) => {
    const [first] = run.states;
    const end = run.states.find(({ state }) => !isActive(state));
    return [
      ...(first && isActive(first.state) ? [{ at: first.at, by: 1 }] : []),
      ...(first && end && isActive(first.state) ? [{ at: end.at, by: -1 }] : []),
    ];
  });
  let active = 0;
  let most = 0;
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) {
    active += by;
    most = Math.max(most, active);
  }
  return most;
}

/** What all ended runs used, deleted ones included, by month and by group in a month. */
function usagesOf({ runs }: History): MonthUsage[] {
  const sums = new Map<string, MonthUsage>();
  for (const { groupId, used } of runs.values()) {
    if (!used) continue;
    const { month, use } = used;
    for (const owner of groupId === undefined ? [{}] : [{}, { groupId }]) {
      const name = JSON.stringify([month, owner]);
      const sum = sums.get(name) ?? { month, ...owner, runs: 0, taskSeconds: 0, vcpuSeconds: 0, micros: 0 };
      sums.set(name, {
        ...sum,
        runs: sum.runs + 1,
        taskSeconds: sum.taskSeconds + use.taskSeconds,
        vcpuSeconds: sum.vcpuSeconds + use.vcpuSeconds,
        micros: sum.micros + use.micros,
      });
    }
  }
  return [...sums.values()];
}

const usageText = ({ month, groupId = 'all', runs, taskSeconds, vcpuSeconds, micros }: MonthUsage) =>
  `${month} ${groupId}: ${runs} runs, ${taskSeconds} s, ${vcpuSeconds} vCPU s, ${micros}`;

function difference(name: string, shown: readonly string[], expected: readonly string[]): string[] {
  if (shown.join() === expected.join()) return [];
  return [
    `${name} shows ${shown.join(', ') || 'nothing'}`,
    `the runs give ${expected.join(', ') || 'nothing'}`,
  ];
}
