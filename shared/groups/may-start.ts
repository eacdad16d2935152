import { FlowservError } from '../errors.ts';
import type { Condition } from '../store/expressions.ts';
import type { Group } from './group.ts';

/** Why a group may not start runs by a decision of organisers; undefined if it may. */
export function reasonNotToStart({ disqualified }: Pick<Group, 'disqualified'>): FlowservError | undefined {
  if (!disqualified) return undefined;
  const { reason, visibility } = disqualified;
  const text = visibility === 'public' ? `: ${reason}` : '';
  return new FlowservError('group.disqualified', `the group is disqualified, so it cannot start runs${text}`);
}

/** @throws FlowservError 403 */
export function checkMayStart(group: Group): void {
  const refusal = reasonNotToStart(group);
  if (refusal) throw refusal;
}

/** The same condition for the transaction that starts a run. */
export const mayStart: Condition = { expression: 'attribute_not_exists(#disqualified)' };
