import {
  limitOfCreator,
  membershipReservation,
  runDemands,
  runReservations,
  uploadReservation,
  utcTime,
} from '../quotas/contest.ts';
import { readSums } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { type ContestLimits, LIMITS, type LimitName } from '../template/contest.ts';
import type { User } from '../users/user.ts';
import { readVersion } from '../workflows/version.ts';
import type { Group } from './group.ts';

/** What is left of one limit. */
interface LimitUse {
  readonly name: LimitName;
  readonly limit: number;
  readonly used: number;
  /** At least 0; less than `limit - used` if deleted groups of the same user used the rest. */
  readonly left: number;
  /** When the count begins again, for a limit per day. */
  readonly renewsAt?: string;
}

export interface GroupLimits {
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
  if (!contest) return { limits: [], nextRun: { possible: true } };
  const { limits } = contest;
  const now = services.now();
  const counted = runReservations(group, now);
  const [total = 0, day = 0, active = 0, creatorTotal = 0, creatorDay = 0, bytes = 0, groups = 0] =
    await readSums(services, [
      ...[counted.total, counted.day, counted.active, counted.creatorTotal, counted.creatorDay],
      uploadReservation(group, 0),
      membershipReservation(group.workflowId, user.id),
    ]);
  const uses: Record<LimitName, readonly [used: number, ofCreator?: number]> = {
    runsPerDay: [day, creatorDay],
    runs: [total, creatorTotal],
    runsAtOnce: [active],
    maxGroupMembers: [group.members.length],
    groupsPerUser: [groups],
    uploadBytes: [bytes],
  };
  const shown = LIMITS.flatMap((name): LimitUse | [] => {
    const limit = limits[name];
    if (limit === undefined) return [];
    const [used, ofCreator] = uses[name];
    const renews = name === 'runsPerDay' ? { renewsAt: utcTime(counted.dayEnds) } : {};
    return { name, limit, used, left: leftOf(limits, limit, used, ofCreator), ...renews };
  });
  return {
    limits: shown,
    nextRun: nextRun(limits, group, now, [total, creatorTotal, day, creatorDay, active]),
  };
}

function leftOf(limits: ContestLimits, limit: number, used: number, ofCreator: number | undefined): number {
  const all = limitOfCreator(limit, limits);
  const ofAll = all === undefined || ofCreator === undefined ? limit - used : all - ofCreator;
  return Math.max(0, Math.min(limit - used, ofAll));
}

/** @param used the sums of `runDemands`, in their order */
function nextRun(
  limits: ContestLimits,
  group: Group,
  now: Date,
  used: readonly number[],
): GroupLimits['nextRun'] {
  const full = runDemands(limits, group, now).find(
    ({ limit = Number.POSITIVE_INFINITY }, position) => (used[position] ?? 0) >= limit,
  );
  if (!full) return { possible: true };
  const { code, message } = full.exceeded();
  const at = code === 'contest.runs-per-day' ? { at: utcTime(runReservations(group, now).dayEnds) } : {};
  return { possible: false, ...at, reason: message };
}
