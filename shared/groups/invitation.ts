import * as z from 'zod';
import { invalid } from '../errors.ts';
import { timestamp } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import type { Participation } from '../template/participation.ts';
import { withinDay } from '../users/attempts.ts';
import type { Group, Invitation, Member } from './group.ts';

/** Maximum number of open invitations of a group: its deletion removes one item for each (see `MAX_MEMBERS`). */
const MAX_INVITATIONS = 40;

/**
 * Maximum number of requests within 24 hours by which a user invites others or replaces the members of groups, so that
 * nobody floods the lists of others.
 */
export const MAX_MEMBER_CHANGES_A_DAY = 500;

/** Changes the members or the invitations of a group. What fails is not counted. @throws FlowservError 429 */
export const countedChange = (services: Services, { id }: Member, change: () => Promise<Group>) =>
  services.config.auth === 'open'
    ? change()
    : withinDay(services, 'members', id, MAX_MEMBER_CHANGES_A_DAY, change);

/** An entry in the list of a user's invitations. The group has everything else. */
export const invitationCodec = itemCodec(1, z.object({ groupId: z.string(), workflowId: z.string() }));

export const invitationWrite = (
  { write }: Services['table'],
  { id, workflowId }: Pick<Group, 'id' | 'workflowId'>,
  userId: string,
): Write => write.put(invitationCodec.write(keys.invitation(userId, id), { groupId: id, workflowId }));

/** Which users are members, and which are invited. */
export interface Involved {
  readonly members: Member[];
  readonly invitations: Invitation[];
}

/**
 * Returns the members and invitations of a group whose list of members is replaced. Open invitations stay, since a
 * client that does not know them names members only.
 *
 * @param wanted the new list
 * @param asked who adds the new ones; they become members only if the benchmark does not require that they accept
 * @throws FlowservError 400 for too many invitations
 */
export function replaceMembers(
  { now }: Pick<Services, 'now'>,
  { invitations: policy }: Participation,
  before: Involved,
  wanted: readonly Member[],
  asked: Member,
): Involved {
  const isMember = ({ id }: Member) => before.members.some((member) => member.id === id);
  const members = policy === 'required' ? wanted.filter(isMember) : [...wanted];
  const added = policy === 'required' ? wanted.filter((user) => !isMember(user)) : [];
  const open = before.invitations.filter(({ id }) => members.every((member) => member.id !== id));
  return { members, invitations: invite({ now }, open, added, asked) };
}

/** Adds users to a list of invitations; those who are on it stay as they are. @throws FlowservError 400 for too many */
export function invite(
  { now }: Pick<Services, 'now'>,
  open: readonly Invitation[],
  users: readonly Member[],
  { id, name }: Member,
): Invitation[] {
  const added = users
    .filter((user) => open.every((invited) => invited.id !== user.id))
    .map((user) => ({ ...user, by: { id, name }, at: timestamp(now()) }));
  if (open.length + added.length > MAX_INVITATIONS) {
    throw invalid(
      'group.invitations',
      `a group has at most ${MAX_INVITATIONS} open invitations; withdraw one first`,
    );
  }
  return [...open, ...added];
}
