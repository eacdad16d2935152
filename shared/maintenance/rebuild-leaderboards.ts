import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { leaderboardDue, readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { workflowEntryCodec } from '../workflows/workflow.ts';

/** Maximum number of counts per leaderboard: a count starts again if a run ends before it is stored. */
const ROUNDS = 20;

/** A leaderboard that is rebuilt: its stored number of results, and the counted one. */
export interface RebuiltLeaderboard {
  readonly id: string;
  readonly stored: number;
  readonly counted: number;
}

/**
 * Counts the results of all workflows again and requests a rebuild of each leaderboard: for an operator after a
 * restore from a backup, whose table and bucket are from different moments. Until then readers get the existing
 * leaderboard.
 *
 * The leaderboard function rebuilds them; one whose message is lost is on the due index, for the sweep.
 */
export async function rebuildLeaderboards(services: Services): Promise<RebuiltLeaderboard[]> {
  const rebuilt: RebuiltLeaderboard[] = [];
  for await (const item of services.table.range(keys.workflowEntries())) {
    const { id } = workflowEntryCodec.read(item);
    const leaderboard = await recount(services, id);
    if (!leaderboard) continue;
    await services.messages.leaderboardDirty(id);
    rebuilt.push(leaderboard);
  }
  return rebuilt;
}

/** Undefined for a workflow that is deleted meanwhile. */
async function recount(services: Services, id: string): Promise<RebuiltLeaderboard | undefined> {
  const { table } = services;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { dirty, results: stored } = await readLeaderboardState(services, id);
    const counted = (await table.list(keys.results(id))).length;
    // Each change of the number of results also increments `dirty`.
    const same: Condition = { expression: '#dirty = :dirty', values: { dirty } };
    const change = { set: { ...leaderboardDue(services, id), results: counted }, add: { dirty: 1 } };
    if (await conditionally(table.update(keys.leaderboard(id), change, same))) return { id, stored, counted };
  }
  return undefined;
}
