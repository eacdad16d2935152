import { FlowservError } from '../errors.ts';
import {
  limitOfCreator,
  membershipReservation,
  nextDay,
  runReservations,
  uploadReservation,
  utcTime,
} from '../quotas/contest.ts';
import { dayOf, endOfDay } from '../quotas/quota.ts';
import { readSums } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { type Contest, type ContestLimits, LIMITS, type LimitName } from '../template/contest.ts';
import { nextPhase, type Phase, type PhaseView, phaseView, shownPhase } from '../template/phases.ts';
import type { User } from '../users/user.ts';
import { readVersion } from '../workflows/version.ts';
import { enterContest } from './enter-contest.ts';
import type { Group } from './group.ts';
import { reasonNotToStart } from './may-start.ts';

/** What is left of one limit. */
interface LimitUse {
  readonly name: LimitName;
  /** Id of the phase whose limit it is; absent for one of the contest. */
  readonly phase?: string;
  readonly limit: number;
  readonly used: number;
  /** At least 0; less than `limit - used` if deleted groups of the same user used the rest. */
  readonly left: number;
  /** When the count begins again, for a limit per day. */
  readonly renewsAt?: string;
}

export interface GroupLimits {
  /** The open phase, or the one before or after. */
  readonly phase?: PhaseView;
  readonly limits: readonly LimitUse[];
  readonly nextRun: { readonly possible: boolean; readonly at?: string; readonly reason?: string };
}

/**
 * The limits of a group's contest, what is left of them, and whether another run is possible by them.
 *
 * @param user whose number of groups is shown
 */
export async function readLimits(
  services: Services,
  group: Group,
  user: Pick<User, 'id'>,
): Promise<GroupLimits> {
  const { contest } = await readVersion(services, group.workflowId, group.version);
  const refusal = reasonNotToStart(group);
  const refused = refusal && { possible: false, reason: refusal.message };
  if (!contest) return { limits: [], nextRun: refused ?? { possible: true } };
  const { limits, phases = [] } = contest;
  const now = services.now();
  const phase = shownPhase(phases, now);
  const [ofContest, ofPhase, [bytes = 0, groups = 0], next] = await Promise.all([
    readRunUses(services, group, now),
    phase ? readRunUses(services, group, now, phase) : undefined,
    readSums(services, [uploadReservation(group, 0), membershipReservation(group.workflowId, user.id)]),
    nextRun(services, group, contest),
  ]);
  const uses: Uses = {
    ...ofContest,
    maxGroupMembers: [group.members.length],
    groupsPerUser: [groups],
    uploadBytes: [bytes],
  };
  const renewsAt = utcTime(endOfDay(dayOf(now)));
  const shownOf = (of: ContestLimits, used: Uses, ofWhat: { phase?: string } = {}) =>
    LIMITS.flatMap((name): LimitUse | [] => {
      const [limit, [usedNow, ofCreator] = [0]] = [of[name], used[name]];
      if (limit === undefined) return [];
      const left = leftOf({ ...of, groupsPerUser: limits.groupsPerUser }, limit, usedNow, ofCreator);
      return { name, ...ofWhat, limit, used: usedNow, left, ...(name === 'runsPerDay' ? { renewsAt } : {}) };
    });
  return {
    ...(phase ? { phase: phaseView(phase, now) } : {}),
    limits: [
      ...shownOf(limits, uses),
      ...(phase && ofPhase ? shownOf(phase.limits, ofPhase, { phase: phase.id }) : []),
    ],
    nextRun: refused ?? next,
  };
}

type Uses = Readonly<Partial<Record<LimitName, readonly [used: number, ofCreator?: number]>>>;

/** How many runs the group started, in all or in a phase, and all groups of the user who created it. */
async function readRunUses(services: Services, group: Group, now: Date, phase?: Phase): Promise<Uses> {
  const counted = runReservations(group, now, phase?.id);
  const { total, day, active, creatorTotal, creatorDay } = counted;
  const sums = await readSums(services, [total, day, active, creatorTotal, creatorDay]);
  const [ofTotal = 0, ofDay = 0, ofActive = 0, ofCreatorTotal = 0, ofCreatorDay = 0] = sums;
  return { runs: [ofTotal, ofCreatorTotal], runsPerDay: [ofDay, ofCreatorDay], runsAtOnce: [ofActive] };
}

function leftOf(limits: ContestLimits, limit: number, used: number, ofCreator: number | undefined): number {
  const all = limitOfCreator(limit, limits);
  const ofAll = all === undefined || ofCreator === undefined ? limit - used : all - ofCreator;
  return Math.max(0, Math.min(limit - used, ofAll));
}

async function nextRun(services: Services, group: Group, contest: Contest): Promise<GroupLimits['nextRun']> {
  const now = services.now();
  const { phases = [] } = contest;
  try {
    const { demands, phase } = await enterContest(services, group, contest);
    const used = await readSums(
      services,
      demands.map(({ reservation }) => reservation),
    );
    const full = demands.find(
      ({ limit = Number.POSITIVE_INFINITY }, position) => (used[position] ?? 0) >= limit,
    );
    if (!full) return { possible: true };
    const { code, message } = full.exceeded();
    const day = code === 'contest.runs-per-day' ? nextDay(endOfDay(dayOf(now)), phase) : undefined;
    return { possible: false, ...(day === undefined ? {} : { at: day }), reason: message };
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    const opens = error.code === 'contest.phase' ? nextPhase(phases, now)?.opens : undefined;
    return { possible: false, ...(opens === undefined ? {} : { at: opens }), reason: error.message };
  }
}
