import type { Services } from '../services/services.ts';
import { instanceMemory } from '../store/instance-memory.ts';
import { readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { readPublished } from './leaderboard.ts';

/** The ranks of a leaderboard in its default order, of each phase by itself. */
export interface Ranks {
  /** Which leaderboard it is, by the number of its first version. */
  readonly rankedSince: number;
  /** By run, from 1. Only the entry of each group has one. */
  readonly ofRuns: ReadonlyMap<string, number>;
  /** The ranked run of each group, by `groupInPhase`. */
  readonly ofGroups: ReadonlyMap<string, string>;
}

/** Names a group in a phase, or without phases. */
export const groupInPhase = (groupId: string, phase: string | undefined): string =>
  `${groupId}/${phase ?? ''}`;

/** By workflow and snapshot. 10,000 ranks take about 2 MB. */
const known = instanceMemory<Ranks>(10);

/**
 * Returns the ranks of the leaderboard as it was published last, which is some seconds ago while results arrive. Costs
 * one read of the table, and for each new snapshot one object.
 */
export async function readRanks(services: Services, workflowId: string): Promise<Ranks> {
  const leaderboard = await readLeaderboardState(services, workflowId);
  // A workflow that is installed again under the same id counts its snapshots anew.
  const name = [workflowId, leaderboard.built, leaderboard.builtAt].join('/');
  const found = known.get(name);
  if (found) return found;
  const entries = await readPublished(services, workflowId, leaderboard);
  const { rankedSince } = leaderboard;
  if (!entries) return { rankedSince, ofRuns: new Map(), ofGroups: new Map() };
  const positions = new Map<string | undefined, number>();
  const ofRuns = entries.map(({ runId, rank, phase }): [string, number] => {
    const position = (positions.get(phase) ?? 0) + 1;
    positions.set(phase, position);
    return [runId, rank ?? position];
  });
  return known.keep(name, {
    rankedSince,
    ofRuns: new Map(ofRuns),
    ofGroups: new Map(entries.map(({ groupId, phase, runId }) => [groupInPhase(groupId, phase), runId])),
  });
}
