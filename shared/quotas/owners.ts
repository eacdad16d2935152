import { type Key, keys } from '../store/keys.ts';

/**
 * Owners of reservations. A user's own quotas have the user's id, in which `/` does not occur. Limits of a contest have
 * a group, or a user within a workflow; their sums are in the partition of the group or of the workflow, and are
 * deleted with it.
 */

const GROUP = 'group';
const PARTICIPANT = 'participant';

/** @param phase id of the only phase that counts; all together when absent */
export const groupOwner = (groupId: string, phase?: string): string => ownerOf(GROUP, groupId, phase);

/** A user in all groups of a workflow, deleted ones included. */
export const participantOwner = (workflowId: string, userId: string, phase?: string): string =>
  ownerOf(PARTICIPANT, workflowId, userId, phase);

const ownerOf = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join('/');

/** Whether a reservation counts against a limit of a contest. */
export const isOfContest = ({ owner }: { readonly owner: string }): boolean => owner.includes('/');

/** The key of one sum of an owner. */
export function sumOf(owner: string, use: string): Key {
  if (!isOfContest({ owner })) return keys.quota(owner, use);
  const [kind, first = '', second = '', third] = owner.split('/');
  const within = (phase: string | undefined) => (phase ? `PHASE#${phase}#${use}` : use);
  return kind === GROUP
    ? keys.groupUse(first, within(second))
    : keys.participantUse(first, second, within(third));
}
