import { type Key, keys } from '../store/keys.ts';

/**
 * Owners of reservations. A user's own quotas have the user's id, in which `/` does not occur. Limits of a contest have
 * a group, or a user within a workflow; their sums are in the partition of the group or of the workflow, and are
 * deleted with it.
 */

const GROUP = 'group';
const PARTICIPANT = 'participant';

export const groupOwner = (groupId: string): string => `${GROUP}/${groupId}`;

/** A user in all groups of a workflow, deleted ones included. */
export const participantOwner = (workflowId: string, userId: string): string =>
  `${PARTICIPANT}/${workflowId}/${userId}`;

/** Whether a reservation counts against a limit of a contest. */
export const isOfContest = ({ owner }: { readonly owner: string }): boolean => owner.includes('/');

/** The key of one sum of an owner. */
export function sumOf(owner: string, use: string): Key {
  const [kind, first = '', second = ''] = owner.split('/');
  if (!isOfContest({ owner })) return keys.quota(owner, use);
  return kind === GROUP ? keys.groupUse(first, use) : keys.participantUse(first, second, use);
}
