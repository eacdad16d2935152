import { type Result, rankedSinceOf, readResultItem } from '../runs/result.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { listedAs, readModerations } from '../workflows/moderation.ts';

/**
 * Reads the results of one leaderboard that are ranked: without those that are disqualified, withdrawn or baselines, so
 * that neither ranks nor computed columns depend on them.
 *
 * @param rankedSince number of the first version of the leaderboard
 */
export async function readRankedResults(
  services: Services,
  workflowId: string,
  rankedSince: number,
): Promise<Result[]> {
  const [items, moderations] = await Promise.all([
    services.table.list(keys.results(workflowId)),
    readModerations(services, workflowId),
  ]);
  return items
    .map(readResultItem)
    .filter((result) => rankedSinceOf(result) === rankedSince && listedAs(moderations, result) === 'entry');
}
