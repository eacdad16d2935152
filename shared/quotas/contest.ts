import { FlowservError, tooMany } from '../errors.ts';
import type { ContestLimits } from '../template/contest.ts';
import type { Phase } from '../template/phases.ts';
import { groupOwner, participantOwner } from './owners.ts';
import { AGAIN_SECONDS, dayOf, endOfDay, type Reservation } from './quota.ts';
import type { Demand } from './reserve.ts';

/**
 * What the limits of a contest count. In a contest everything is counted, with or without a limit, so that a limit that
 * is set later applies to what happened before.
 */

/** The part of a group that limits depend on. */
export interface LimitedGroup {
  readonly id: string;
  readonly workflowId: string;
  readonly ownerId: string;
  /** The user who created the group, if that is not the owner any more. Limits count for the creator, who never changes. */
  readonly creatorId?: string | undefined;
}

/**
 * The sums of a group's runs, as reservations of one run.
 *
 * @param phase id of the phase whose runs count; all runs when absent
 */
export function runReservations(
  { id, workflowId, ownerId, creatorId = ownerId }: LimitedGroup,
  now: Date,
  phase?: string,
) {
  const group = groupOwner(id, phase);
  const creator = participantOwner(workflowId, creatorId, phase);
  const one = (owner: string, window: string): Reservation => ({ owner, unit: 'runs', window, amount: 1 });
  const day = dayOf(now);
  return {
    total: one(group, 'total'),
    day: one(group, day),
    active: one(group, 'active'),
    creatorTotal: one(creator, 'total'),
    creatorDay: one(creator, day),
    /** When the counts of the day end, in milliseconds. */
    dayEnds: endOfDay(day),
  };
}

/**
 * The limit of a user's groups together: those that are deleted count too, so a group that is created again gives no
 * further runs. Without a limit of groups, each group has its own runs.
 */
export const limitOfCreator = (limit: number | undefined, { groupsPerUser }: ContestLimits) =>
  limit === undefined || groupsPerUser === undefined ? undefined : limit * groupsPerUser;

/** `2026-12-01T00:00:00Z` */
export const utcTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace('.000Z', 'Z');

/**
 * What a run takes from the limits of its group, and of the phase that it belongs to. What waiting does not change comes
 * first, so that its error is the one that a participant gets.
 */
export function runDemands(limits: ContestLimits, group: LimitedGroup, now: Date, phase?: Phase): Demand[] {
  const ofContest = demandsOf(limits, group, now);
  if (!phase) return ofContest;
  const { groupsPerUser } = limits;
  return [...ofContest, ...demandsOf({ ...phase.limits, groupsPerUser }, group, now, phase)];
}

/** When a group that used up its runs of a day may start the next one; undefined if its phase closes before. */
export const nextDay = (dayEnds: number, phase: Phase | undefined): string | undefined =>
  phase?.closes !== undefined && Date.parse(phase.closes) <= dayEnds ? undefined : utcTime(dayEnds);

function demandsOf(limits: ContestLimits, group: LimitedGroup, now: Date, phase?: Phase): Demand[] {
  const { runs, runsPerDay, runsAtOnce } = limits;
  const counted = runReservations(group, now, phase?.id);
  const tomorrow = nextDay(counted.dayEnds, phase);
  const next =
    tomorrow === undefined
      ? 'the phase closes before the next day'
      : `the next run is possible at ${tomorrow}`;
  const seconds = Math.ceil((counted.dayEnds - now.getTime()) / 1000);
  const creator = 'the groups of the user who created this one, deleted ones included,';
  const where = phase ? `phase '${phase.name}'` : 'this benchmark';
  const never = (who: string, limit: number | undefined) => () =>
    new FlowservError('contest.runs', `${who} started ${limit} runs, which is the maximum of ${where}`);
  const later = (who: string, limit: number | undefined) => () =>
    tooMany(
      'contest.runs-per-day',
      `${who} started ${limit} runs today, which is the maximum per day (UTC) of ${where}; ${next}`,
      seconds,
    );
  const busy = () =>
    tooMany(
      'contest.runs-at-once',
      `the group has ${runsAtOnce} active runs, which is the maximum of ${where}; the next run is possible when one of them ends`,
      AGAIN_SECONDS,
    );
  const ofCreator = { runs: limitOfCreator(runs, limits), day: limitOfCreator(runsPerDay, limits) };
  return [
    { reservation: counted.total, limit: runs, exceeded: never('the group', runs) },
    { reservation: counted.creatorTotal, limit: ofCreator.runs, exceeded: never(creator, ofCreator.runs) },
    { reservation: counted.day, limit: runsPerDay, exceeded: later('the group', runsPerDay) },
    { reservation: counted.creatorDay, limit: ofCreator.day, exceeded: later(creator, ofCreator.day) },
    { reservation: counted.active, limit: runsAtOnce, exceeded: busy },
  ];
}

/** The sum of a group's uploads, as a reservation of so many bytes. */
export const uploadReservation = ({ id }: Pick<LimitedGroup, 'id'>, bytes: number): Reservation => ({
  owner: groupOwner(id),
  unit: 'bytes',
  window: 'kept',
  amount: bytes,
});

/** What an upload takes from the limits of its group. */
export const uploadDemand = (
  { uploadBytes }: ContestLimits,
  group: Pick<LimitedGroup, 'id'>,
  bytes: number,
): Demand => ({
  reservation: uploadReservation(group, bytes),
  limit: uploadBytes,
  exceeded: () =>
    new FlowservError(
      'contest.upload-bytes',
      `the uploads of a group may take ${uploadBytes} bytes in this benchmark; delete files that you no longer need`,
    ),
});

/** The sum of the groups of a workflow that a user is a member of, as a reservation of one membership. */
export const membershipReservation = (workflowId: string, userId: string): Reservation => ({
  owner: participantOwner(workflowId, userId),
  unit: 'groups',
  window: 'kept',
  amount: 1,
});

/** What new members of a group take from their limits: nothing unless the contest limits groups. */
export const membershipDemands = (
  { groupsPerUser }: ContestLimits,
  workflowId: string,
  members: readonly { readonly id: string; readonly name: string }[],
): Demand[] =>
  groupsPerUser === undefined
    ? []
    : members.map(({ id, name }) => ({
        reservation: membershipReservation(workflowId, id),
        limit: groupsPerUser,
        exceeded: () =>
          new FlowservError(
            'contest.groups',
            `user '${name}' is a member of ${groupsPerUser} groups of this benchmark, which is the maximum; leave or delete one first`,
          ),
      }));

/** A group chooses or withdraws runs at most so often per day: each change may cause post-processing. */
const CHOICES_PER_DAY = 100;

/** What a group's change of its chosen or withdrawn runs takes from its limit. */
export function choiceDemand({ id }: Pick<LimitedGroup, 'id'>, now: Date): Demand {
  const day = dayOf(now);
  const ends = endOfDay(day);
  return {
    reservation: { owner: groupOwner(id), unit: 'choices', window: day, amount: 1 },
    limit: CHOICES_PER_DAY,
    exceeded: () =>
      tooMany(
        'contest.choices',
        `the group changed its chosen or withdrawn runs ${CHOICES_PER_DAY} times today; the next change is possible at ${utcTime(ends)}`,
        Math.ceil((ends - now.getTime()) / 1000),
      ),
  };
}
