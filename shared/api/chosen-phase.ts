import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { Contest } from '../template/contest.ts';
import { PHASE_ID, shownPhase } from '../template/phases.ts';

/** Whether a leaderboard exists: phases that the version does not declare have one as long as it has results. */
export const hasLeaderboard = (
  contest: Contest | null,
  phase: string | undefined,
  results: number,
): boolean => phase === undefined || results > 0 || contest?.phases?.some(({ id }) => id === phase) === true;

/**
 * The phase whose leaderboard a request is for. A phase that a later version of the workflow no longer has keeps its
 * leaderboard.
 *
 * @param wanted id of a phase; the open one when absent, or the one that closed last
 * @returns its id; undefined for a contest without phases
 * @throws FlowservError 404 for a text that is no id of a phase
 */
export function chosenPhase(
  { now }: Pick<Services, 'now'>,
  contest: Contest | null,
  wanted: string | undefined,
): string | undefined {
  if (wanted === undefined || wanted === '') return shownPhase(contest?.phases ?? [], now())?.id;
  if (!PHASE_ID.test(wanted)) throw unknownObject('phase', wanted);
  return wanted;
}
