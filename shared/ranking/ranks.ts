import type { Services } from '../services/services.ts';
import { instanceMemory } from '../store/instance-memory.ts';
import { type LeaderboardState, readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { readPublished } from './leaderboard.ts';

/** The ranks of a leaderboard in its default order, of each phase by itself. */
export interface Ranks {
  /** The same for equal ranks. */
  readonly name: string;
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
const kept = instanceMemory<Ranks>(10);

/**
 * Returns the ranks of the leaderboard as it was published last, which is some seconds ago while results arrive. Costs
 * one read of the table, and for each new snapshot one object.
 *
 * @param known the state of the leaderboard, if the caller read it
 */
export async function readRanks(
  services: Services,
  workflowId: string,
  known?: LeaderboardState,
): Promise<Ranks> {
  const leaderboard = known ?? (await readLeaderboardState(services, workflowId));
  const name = nameOfRanks(workflowId, leaderboard);
  const found = kept.get(name);
  if (found) return found;
  const entries = await readPublished(services, workflowId, leaderboard);
  const { rankedSince } = leaderboard;
  // Ranks that could not be read now may be there later, under the same name.
  if (!entries) return { name: `${name}/none`, rankedSince, ofRuns: new Map(), ofGroups: new Map() };
  const positions = new Map<string | undefined, number>();
  const ofRuns = entries.map(({ runId, rank, phase }): [string, number] => {
    const position = (positions.get(phase) ?? 0) + 1;
    positions.set(phase, position);
    return [runId, rank ?? position];
  });
  return kept.keep(name, {
    name,
    rankedSince,
    ofRuns: new Map(ofRuns),
    ofGroups: new Map(entries.map(({ groupId, phase, runId }) => [groupInPhase(groupId, phase), runId])),
  });
}

/** The name of the ranks that were published last. */
export const nameOfRanks = (
  workflowId: string,
  { rankedSince, built, builtAt }: Pick<LeaderboardState, 'rankedSince' | 'built' | 'builtAt'>,
): string =>
  // A workflow that is installed again under the same id counts its snapshots anew.
  [workflowId, rankedSince, built, builtAt].join('/');
