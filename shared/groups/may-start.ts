import { FlowservError } from '../errors.ts';
import type { Condition } from '../store/expressions.ts';
import type { Group } from './group.ts';

/** Why a group may not start runs by a decision of organisers; undefined if it may. */
export function reasonNotToStart({
  disqualified,
  paused,
}: Pick<Group, 'disqualified' | 'paused'>): FlowservError | undefined {
  if (!disqualified) {
    if (!paused) return undefined;
    return new FlowservError('workflow.paused', `submissions are paused: ${paused.reason}`);
  }
  const { reason, visibility } = disqualified;
  const text = visibility === 'public' ? `: ${reason}` : '';
  return new FlowservError('group.disqualified', `the group is disqualified, so it cannot start runs${text}`);
}

/** @throws FlowservError 403 */
export function checkMayStart(group: Group): void {
  const refusal = reasonNotToStart(group);
  if (refusal) throw refusal;
}

/**
 * The condition for the transaction that starts a run. A start at the moment of a pause may still succeed: all starts
 * would otherwise conflict on the item of the workflow.
 */
export const mayStart: Condition = { expression: 'attribute_not_exists(#disqualified)' };
