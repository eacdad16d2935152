import type { Services } from '../services/services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Caller } from '../users/sessions.ts';
import { isInstalled } from '../workflows/workflow.ts';
import { type Group, groupCodec, type Invitation } from './group.ts';
import { invitationCodec } from './invitation.ts';

/** An invitation as the invited user sees it. */
export interface OwnInvitation extends Pick<Invitation, 'by' | 'at'> {
  readonly group: Group;
}

/** Lists the open invitations of the caller by the id of the group, over all workflows or in one. */
export async function listInvitations(
  { table }: Services,
  caller: NonNullable<Caller>,
  workflowId?: string,
  page?: PageRequest,
): Promise<Page<OwnInvitation>> {
  const filter: Condition = { expression: '#workflowId = :workflowId', values: { workflowId } };
  const options = workflowId === undefined ? {} : { filter };
  const listed = await readPage(table, keys.invitations(caller.id), invitationCodec.read, page, options);
  if (listed.entries.length === 0) return { ...listed, entries: [] };
  const workflowIds = new Set(listed.entries.map((entry) => entry.workflowId));
  const items = await table.getMany([
    ...listed.entries.map(({ groupId }) => keys.group(groupId)),
    ...[...workflowIds].map(keys.workflow),
  ]);
  const found = new Map(items.map((item) => [item.pk, item]));
  const entries = listed.entries.flatMap((entry): OwnInvitation | [] => {
    const group = groupCodec.readMaybe(found.get(keys.group(entry.groupId).pk));
    const invitation = group?.invitations?.find(({ id }) => id === caller.id);
    // Groups of a deleted workflow keep their invitations until they are purged.
    const isOpen = isInstalled(found.get(keys.workflow(entry.workflowId).pk)) && !group?.deleting;
    return group && invitation && isOpen ? { group, by: invitation.by, at: invitation.at } : [];
  });
  return { ...listed, entries };
}
