import { unknownObject } from '../errors.ts';
import { timestamp } from '../ids.ts';
import { type Actor, type Audited, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { alive, all, type Change, type Condition, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { checkReason, type Disqualification, moderationCodec } from '../workflows/moderation.ts';
import type { Group } from './group.ts';

/** What an organiser says about a disqualification. */
export type GivenReason = Pick<Disqualification, 'reason' | 'visibility'>;

/**
 * Disqualifies a group: none of its runs is ranked, and it starts no more runs. Another reason replaces the one before;
 * repeating the same one changes nothing.
 *
 * @throws FlowservError 400 for an invalid reason, 404 if the group was deleted meanwhile
 */
export async function disqualifyGroup(
  services: Services,
  actor: Actor,
  group: Group,
  given: GivenReason,
): Promise<Disqualification> {
  const { table, now } = services;
  const disqualified = newDisqualification(group.disqualified, given, now());
  if (disqualified === group.disqualified) return disqualified;
  const { id: groupId, workflowId } = group;
  const item = moderationCodec.write(keys.groupModeration(workflowId, groupId), { groupId, disqualified });
  const changed = await decide(services, group, { set: { disqualified } }, alive, [
    table.write.put(item),
    auditWrite(services, workflowId, {
      actor,
      action: 'group.disqualify',
      object: { type: 'group', id: groupId, name: group.name },
      ...auditDetail(disqualified),
    }),
  ]);
  if (!changed) throw unknownObject('group', groupId);
  return disqualified;
}

/** Readmits a disqualified group: its runs rank as before. Repeating it changes nothing. */
export async function readmitGroup(services: Services, actor: Actor, group: Group): Promise<void> {
  const { id, name, workflowId } = group;
  const isDisqualified: Condition = { expression: 'attribute_exists(#disqualified)' };
  await decide(services, group, { remove: ['disqualified'] }, all(alive, isDisqualified), [
    services.table.write.remove(keys.groupModeration(workflowId, id)),
    auditWrite(services, workflowId, { actor, action: 'group.readmit', object: { type: 'group', id, name } }),
  ]);
}

/** @returns whether the change was made: the group still exists and fulfils the condition */
async function decide(
  services: Services,
  { id, workflowId, createdAt }: Group,
  change: Change,
  condition: Condition,
  writes: readonly ReturnType<typeof auditWrite>[],
): Promise<boolean> {
  const { table, messages } = services;
  const changed = await conditionally(
    table.transact([
      table.write.update(keys.group(id), change, all(condition, madeAt(createdAt))),
      markDirty(services, workflowId, { results: 0, trigger: 1 }),
      ...writes,
    ]),
  );
  if (changed) await messages.leaderboardDirty(workflowId);
  return changed !== undefined;
}

/**
 * A disqualification with a given reason; the one before if it is the same.
 *
 * @throws FlowservError 400
 */
export function newDisqualification(
  before: Disqualification | undefined,
  { reason: text, visibility }: GivenReason,
  now: Date,
): Disqualification {
  const reason = checkReason(text);
  const isSame = before?.reason === reason && before.visibility === visibility;
  return isSame ? before : { since: timestamp(now), reason, visibility };
}

/** The detail of an audit entry: a private reason is for organisers only. */
export const auditDetail = ({
  reason,
  visibility,
}: GivenReason): Pick<Audited, 'detail' | 'organiserDetail'> =>
  visibility === 'public'
    ? { detail: `public: ${reason}` }
    : { detail: 'private', organiserDetail: `private: ${reason}` };
