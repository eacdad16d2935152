import type { Services } from '../services/services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Caller } from '../users/sessions.ts';
import { isInstalled } from '../workflows/workflow.ts';
import { type GroupEntry, groupEntryCodec } from './group.ts';

/** Lists the caller's groups by id, over all workflows or in one workflow, which must exist. */
export async function listGroups(
  { table }: Services,
  caller: NonNullable<Caller>,
  workflowId?: string,
  page?: PageRequest,
): Promise<Page<GroupEntry>> {
  const filter: Condition = { expression: '#workflowId = :workflowId', values: { workflowId } };
  const options = workflowId === undefined ? {} : { filter };
  const groups = await readPage(table, keys.memberships(caller.id), groupEntryCodec.read, page, options);
  if (workflowId !== undefined || groups.entries.length === 0) return groups;
  // Groups of a deleted workflow stay on the list until they are purged.
  const ids = new Set(groups.entries.map((group) => group.workflowId));
  const installed = (await table.getMany([...ids].map(keys.workflow))).filter(isInstalled);
  const there = new Set(installed.map(({ id }) => id));
  return { ...groups, entries: groups.entries.filter((group) => there.has(group.workflowId)) };
}

/** Lists all groups of a workflow by id. The workflow must exist. */
export async function listGroupsOfWorkflow(
  { table }: Services,
  workflowId: string,
  page?: PageRequest,
): Promise<Page<GroupEntry>> {
  const filter: Condition = { expression: 'attribute_not_exists(#deleting)' };
  return readPage(table, keys.workflowGroups(workflowId), groupEntryCodec.read, page, { filter });
}
