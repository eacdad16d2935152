import { type Result, rankedSinceOf, readResultItem } from '../runs/result.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import type { LeaderboardState } from '../workflows/leaderboard-state.ts';
import { listedAs, readModerations } from '../workflows/moderation.ts';
import { groupNames, type LeaderboardEntry } from './leaderboard.ts';
import { selectionOrder } from './mean-ranks.ts';
import { rank } from './order.ts';
import { byPhase, entriesOf } from './phases.ts';
import type { LeaderboardRules } from './rules.ts';

/** A baseline beside the ranking. */
export interface BaselineEntry extends LeaderboardEntry {
  readonly label: string | undefined;
}

/**
 * The baselines of a leaderboard in its order, as they are now. They have no values in columns of mean ranks, which are
 * ranks among the entries. Costs nothing for a workflow that never had a baseline.
 *
 * @param phase of the contest, if it has phases
 */
export async function readBaselines(
  services: Services,
  workflowId: string,
  { hasBaselines }: LeaderboardState,
  rules: LeaderboardRules,
  phase: string | undefined,
): Promise<readonly BaselineEntry[]> {
  if (!hasBaselines) return [];
  const moderations = await readModerations(services, workflowId);
  const wanted = [...moderations.runs.values()].flatMap(({ groupId, runId = '', createdAt = '' }) =>
    listedAs(moderations, { groupId, runId }) === 'baseline'
      ? [keys.result(workflowId, createdAt, runId)]
      : [],
  );
  const ofLeaderboard = (await services.table.getMany(wanted))
    .map((item): Result => readResultItem(item))
    .filter((result) => rankedSinceOf(result) === rules.rankedSince);
  const results = entriesOf(byPhase(ofLeaderboard, rules).flat(), phase);
  const names = await groupNames(services, workflowId, new Set(results.map(({ groupId }) => groupId)));
  return rank(results, selectionOrder(rules), true).flatMap((result) => {
    const groupName = names.get(result.groupId);
    const label = moderations.runs.get(result.runId)?.baseline?.label;
    return groupName === undefined ? [] : [{ ...result, groupName, label }];
  });
}
