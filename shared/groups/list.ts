import type { Services } from '../services/services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import type { Caller } from '../users/sessions.ts';
import { type GroupEntry, groupEntryCodec } from './group.ts';

/** Groups that the caller is a member of, over all workflows or in one, by their ids. */
export async function listGroups(
  { table }: Services,
  caller: NonNullable<Caller>,
  workflowId?: string,
  page?: PageRequest,
): Promise<Page<GroupEntry>> {
  const filter: Condition = { expression: '#workflowId = :workflowId', values: { workflowId } };
  const options = workflowId === undefined ? {} : { filter };
  return readPage(table, keys.memberships(caller.id), groupEntryCodec.read, page, options);
}
