import { forgetInvitation, forgetMember } from '../groups/forget-member.ts';
import { groupEntryCodec } from '../groups/group.ts';
import { invitationCodec } from '../groups/invitation.ts';
import { dropRole } from '../members/members.ts';
import { unsubscribeAll } from '../notifications/subscriptions.ts';
import { readRolesOf } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { marked } from '../store/expressions.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { readWaiting } from '../store/purge.ts';
import { userCodec } from '../users/user.ts';
import type { InTime, Outcome } from './outcome.ts';

/**
 * Removes a deleted account from its groups, invitations and roles, and at last the user's own item. Every part can be
 * repeated. What is deleted and may be restored is among them. The reservation of the name stays, which contains only a hash.
 */
export async function purgeAccount(services: Services, item: Item, inTime: InTime): Promise<Outcome> {
  const { table, now } = services;
  const { id } = userCodec.read(item);
  for await (const entry of table.range(keys.memberships(id))) {
    if (!inTime()) return 'more';
    await forgetMember(services, id, groupEntryCodec.read(entry).id);
  }
  for await (const entry of table.range(keys.invitations(id))) {
    if (!inTime()) return 'more';
    await forgetInvitation(services, id, invitationCodec.read(entry).groupId);
  }
  await unsubscribeAll(services, id);
  const waiting: string[] = [];
  for await (const workflow of readWaiting(services, 'workflow')) waiting.push(workflow.id);
  for (const { workflowId, role } of await readRolesOf(services, id, waiting)) {
    if (!inTime()) return 'more';
    await dropRole(services, workflowId, { id, role });
  }
  const { purgeAfter } = item;
  if (typeof purgeAfter === 'string' && purgeAfter > now().toISOString()) return new Date(purgeAfter);
  await conditionally(table.remove(keys.user(id), marked));
  return 'done';
}
