import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import type { Caller } from '../users/sessions.ts';
import { type GroupEntry, groupEntryCodec } from './group.ts';

/** Groups that the caller is a member of, over all workflows or in one. */
export async function listGroups(
  { table }: Services,
  caller: NonNullable<Caller>,
  workflowId?: string,
): Promise<GroupEntry[]> {
  const groups = (await table.list(keys.memberships(caller.id))).map(groupEntryCodec.read);
  return workflowId === undefined ? groups : groups.filter((group) => group.workflowId === workflowId);
}
