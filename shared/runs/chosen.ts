import { invalid, unknownObject } from '../errors.ts';
import { requireOpenPhase } from '../groups/enter-contest.ts';
import { findGroup, type Group } from '../groups/group.ts';
import { choiceDemand } from '../quotas/contest.ts';
import { checkRoom, claimOf } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { alive, all, exists, madeAt } from '../store/expressions.ts';
import type { Item, Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { phaseIdOf, shownPhase } from '../template/phases.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { listedAs, readModerations } from '../workflows/moderation.ts';
import { readVersion } from '../workflows/version.ts';
import { type Result, rankedSinceOf, readResultItem } from './result.ts';
import { runCodec } from './run.ts';

/**
 * The runs that a group chose for the ranking of its contest, on the current leaderboard and in the phase that is open
 * or closed last: the choice on an earlier one and in an earlier phase stays as it was. The result of each of them says so, which is what the
 * ranking reads: a deleted run takes its result with it.
 */
export interface ChosenRuns {
  readonly runs: readonly string[];
  /** Maximum number of chosen runs; 0 if the benchmark has no choice. */
  readonly most: number;
  readonly automatic: boolean;
}

export async function readChosen(services: Services, group: Group): Promise<ChosenRuns> {
  const results = await stillRanked(services, group, await chosenResults(services, group));
  return view(
    results.map(({ runId }) => String(runId)),
    await mostChosen(services, group),
  );
}

const view = (runs: readonly string[], most: number): ChosenRuns => ({
  runs,
  most,
  automatic: runs.length === 0,
});

/**
 * Chooses runs for the ranking, instead of those that were chosen before. An empty list returns the choice to the
 * leaderboard, which then shows the best run of the group. Repeating it changes nothing.
 *
 * @param authorize throws if the caller may not change the group; called again if it was changed meanwhile
 * @throws FlowservError 400 for too many runs, for a run that is not ranked, and if the benchmark has no choice; 403 if no
 *   phase is open; 404 for a run that is not one of the group; 429 after too many changes in a day
 */
export async function chooseRuns(
  services: Services,
  group: Group,
  wanted: readonly string[],
  authorize: (group: Group) => Promise<unknown>,
): Promise<ChosenRuns> {
  const { table, messages } = services;
  const runs = [...new Set(wanted)];
  const most = await mostChosen(services, group);
  if (most === 0) throw invalid('contest.chosen', 'the ranking of this benchmark has no chosen runs');
  if (runs.length > most) throw invalid('contest.chosen', `a group chooses at most ${most} runs`);
  await checkOpen(services, group);
  const before = await chosenResults(services, group);
  const after = await rankedResults(services, group, runs);
  if ((await stillRanked(services, group, after)).length < after.length)
    throw invalid('contest.chosen', 'a run that is disqualified, withdrawn or a baseline is not ranked');
  const added = after.filter(({ chosen }) => chosen !== true);
  const removed = before.filter(({ runId }) => !runs.includes(String(runId)));
  if (added.length === 0 && removed.length === 0) return view(runs, most);
  const demands = [choiceDemand(group, services.now())];
  await checkRoom(services, demands);
  const claimed = claimOf(services, demands);
  const { revision, createdAt } = group;
  const unchanged = all(alive, madeAt(createdAt), {
    expression: '#revision = :revision',
    values: { revision },
  });
  const set = { chosen: runs };
  const mark = ({ pk, sk }: Item, change: Parameters<typeof table.write.update>[1]): Write =>
    table.write.update({ pk, sk }, change, exists);
  try {
    await table.transact([
      table.write.update(keys.group(group.id), { set, add: { revision: 1 } }, unchanged),
      ...claimed.writes,
      ...added.map((item) => mark(item, { set: { chosen: true } })),
      ...removed.map((item) => mark(item, { remove: ['chosen'] })),
      markDirty(services, group.workflowId, { results: 0, trigger: 1 }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const exceeded = claimed.errorFor(error.actions, 1);
    if (exceeded) throw exceeded;
    // Another request changed the group, or deleted one of the runs: decide again.
    const current = await findGroup(services, group.id);
    await authorize(current);
    return chooseRuns(services, current, wanted, authorize);
  }
  await messages.leaderboardDirty(group.workflowId);
  return view(runs, most);
}

/** @throws FlowservError 403 in a contest with phases none of which is open */
async function checkOpen(services: Services, group: Group): Promise<void> {
  const { contest } = await readVersion(services, group.workflowId, group.version);
  if (contest?.phases) requireOpenPhase(contest.phases, services.now());
}

async function mostChosen(services: Services, group: Group): Promise<number> {
  const { contest } = await readVersion(services, group.workflowId, group.version);
  return contest?.ranking?.chosen ?? 0;
}

/** The items of results that a group chose, in the order of its choice. */
async function chosenResults(services: Services, group: Group): Promise<Item[]> {
  const found = await resultsOf(services, group, group.chosen ?? []);
  return found.flatMap(({ item }) => (item?.chosen === true ? [item] : []));
}

/** Those of a group's results that organisers and the group leave on the leaderboard. */
async function stillRanked(services: Services, group: Group, results: readonly Item[]): Promise<Item[]> {
  if (!group.hasModeration && !group.disqualified) return [...results];
  const moderations = await readModerations(services, group.workflowId, group.id);
  return results.filter((item) => listedAs(moderations, readResultItem(item)) === 'entry');
}

/** @throws FlowservError 404 for a run that the group does not have, 400 for one that is not ranked */
async function rankedResults(services: Services, group: Group, runs: readonly string[]): Promise<Item[]> {
  return (await resultsOf(services, group, runs)).map(({ runId, isOwn, item }) => {
    if (!isOwn) throw unknownObject('run', runId);
    if (!item) {
      throw invalid('contest.chosen', `run '${runId}' is not ranked on the current leaderboard`);
    }
    return item;
  });
}

/** The results of runs on the current leaderboard and in its phase, as items: undefined for a run without one. */
async function resultsOf(services: Services, group: Group, runIds: readonly string[]) {
  const { table } = services;
  const { rankedSince, contest } = await readVersion(services, group.workflowId, group.version);
  const phases = contest?.phases;
  const phase = phases && shownPhase(phases, services.now())?.id;
  const stored = (await table.getMany(runIds.map(keys.run))).map(runCodec.read);
  const own = new Map(
    stored.filter(({ groupId, deleting }) => groupId === group.id && !deleting).map((run) => [run.id, run]),
  );
  const keyOf = (runId: string) => keys.result(group.workflowId, own.get(runId)?.createdAt ?? '', runId);
  const items = await table.getMany([...own.keys()].map(keyOf));
  const isCurrent = (result: Result) =>
    rankedSinceOf(result) === rankedSince && phaseIdOf(result.phase, phases) === phase;
  const current = items.filter((item) => isCurrent(readResultItem(item)));
  const results = new Map(current.map((item) => [readResultItem(item).runId, item]));
  return runIds.map((runId) => ({ runId, isOwn: own.has(runId), item: results.get(runId) }));
}
