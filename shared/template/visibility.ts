/** What participants may see of a contest, as data and as one decision. */
import type { Contest, RUN_READERS } from './contest.ts';
import { type LeaderboardReaders, type Phase, phaseIdOf } from './phases.ts';

/**
 * The caller: a user with a role in the workflow, a member of one of its groups, or anyone else. A run of a group is
 * only shown to its members in any case.
 */
export type Audience = 'organiser' | 'participant' | 'anyone';

/** What one caller may see of the runs of a phase, and of its leaderboard. */
export interface Visible {
  readonly leaderboard: boolean;
  /** Results and ranks of runs, and why a run has none. */
  readonly scores: boolean;
  /** Output of steps, messages, and warnings, which may quote results. */
  readonly logs: boolean;
  readonly outputs: boolean;
}

/** Everything that an object of a workflow without such rules shows. */
export const ALL_VISIBLE: Visible = { leaderboard: true, scores: true, logs: true, outputs: true };

export const NOTHING_VISIBLE: Visible = { leaderboard: false, scores: false, logs: false, outputs: false };

/** The rules of a phase at a time. */
export interface PhaseVisibility {
  readonly leaderboard: LeaderboardReaders;
  readonly logs: (typeof RUN_READERS)[number];
  readonly outputs: (typeof RUN_READERS)[number];
  /** When all of it becomes visible; absent if that is not known, or it is. */
  readonly until?: string | undefined;
}

const OPEN: PhaseVisibility = { leaderboard: 'public', logs: 'own', outputs: 'own' };

/**
 * The rules that apply now to a phase, or to a contest without phases. In a phase whose leaderboard is for organisers
 * only, which is called blind, logs and outputs are hidden too, because they may contain the scores.
 */
export function visibilityOf(
  contest: Contest | null,
  phase: Pick<Phase, 'leaderboard'> | undefined,
  now: Date,
): PhaseVisibility {
  const { until, logs = 'own', outputs = 'own', leaderboard = 'public' } = contest?.visibility ?? {};
  if (until !== undefined && now.getTime() >= Date.parse(until)) return OPEN;
  const readers = phase?.leaderboard ?? leaderboard;
  const isBlind = readers === 'organisers';
  return {
    leaderboard: readers,
    logs: isBlind ? 'organisers' : logs,
    outputs: isBlind ? 'organisers' : outputs,
    until,
  };
}

/**
 * Decides what a caller may see of a run and of the leaderboard of its phase: the only function that does.
 *
 * @param current the contest of the installed version
 * @param phaseId of the run or of the leaderboard
 * @param ofRun the contest of the version of the run or the leaderboard, whose rules stay those of a phase that was
 *   removed since
 */
export function visibleTo(
  audience: Audience,
  {
    current,
    phaseId,
    ofRun,
  }: {
    readonly current: Contest | null;
    readonly phaseId: string | undefined;
    readonly ofRun: Contest | null;
  },
  now: Date,
): Visible {
  if (audience === 'organiser') return ALL_VISIBLE;
  const { leaderboard, logs, outputs } = rulesFor(current, phaseId, ofRun, now);
  return {
    leaderboard: leaderboard === 'public' || (leaderboard === 'members' && audience === 'participant'),
    scores: leaderboard !== 'organisers',
    logs: logs === 'own',
    outputs: outputs === 'own',
  };
}

function rulesFor(
  current: Contest | null,
  phaseId: string | undefined,
  ofRun: Contest | null,
  now: Date,
): PhaseVisibility {
  const find = (contest: Contest | null) => {
    const id = phaseIdOf(phaseId, contest?.phases);
    return contest?.phases?.find((one) => one.id === id);
  };
  const phase = find(current);
  if (phase || phaseId === undefined) return visibilityOf(current, phase, now);
  const removed = find(ofRun);
  return removed
    ? visibilityOf(ofRun, removed, now)
    : { leaderboard: 'organisers', logs: 'organisers', outputs: 'organisers' };
}
