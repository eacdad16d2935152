/** Leaderboards of earlier versions of a workflow, whose result schema differed. */
import type { Services } from '../services/services.ts';
import { instanceMemory } from '../store/instance-memory.ts';
import type { LeaderboardState } from '../workflows/leaderboard-state.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { type LeaderboardEntry, READER_LIMIT, rankEntries, rankResults } from './leaderboard.ts';
import type { LeaderboardRules } from './rules.ts';

type ResultsState = Pick<LeaderboardState, 'dirty' | 'results'>;

interface ReadResults {
  readonly dirty: number;
  readonly state: string;
  readonly entries: Promise<readonly LeaderboardEntry[]>;
}
/** 10,000 entries take about 10 MB. */
const kept = instanceMemory<ReadResults>(3);

const MINUTE = 60_000;

/**
 * Which state of the results an earlier leaderboard shows: one of many results changes once a minute at most, so that
 * requests cannot read them again and again.
 */
export const earlierState = ({ dirty, results }: ResultsState, now: Date): string =>
  results > READER_LIMIT ? `minute ${Math.floor(now.getTime() / MINUTE)}` : `change ${dirty}`;

/**
 * An earlier leaderboard in any order. It has no snapshot: few readers request it, and few of its results change.
 * Requests share one reading of its results, also while it is going on.
 */
export async function readEarlier(
  services: Services,
  { id, createdAt }: Pick<Workflow, 'id' | 'createdAt'>,
  leaderboard: ResultsState,
  rules: LeaderboardRules,
  includeAll: boolean,
): Promise<readonly LeaderboardEntry[]> {
  const name = [id, createdAt, rules.rankedSince].join('/');
  const { dirty } = leaderboard;
  const state = earlierState(leaderboard, services.now());
  const known = kept.get(name);
  if (known && (known.dirty === dirty || known.state === state)) {
    return rankEntries(await known.entries, rules, includeAll);
  }
  const entries = rankResults(services, id, { ...rules, ranking: undefined }, true);
  const reading = kept.keep(name, { dirty, state, entries });
  entries.catch(() => kept.forget(name, reading));
  return rankEntries(await entries, rules, includeAll);
}
