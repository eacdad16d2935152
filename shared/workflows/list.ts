import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { type Page, type PageRequest, readPage } from '../store/paging.ts';
import { type WorkflowEntry, workflowEntryCodec } from './workflow.ts';

/**
 * Lists workflows by name within a page; pages follow the ids.
 *
 * @param only the id of the only workflow that the reader may see
 */
export async function listWorkflows(
  { table }: Services,
  page?: PageRequest,
  only?: string,
): Promise<Page<WorkflowEntry>> {
  if (only !== undefined) {
    const entry = workflowEntryCodec.readMaybe(await table.get(keys.workflowEntry(only)));
    return { entries: entry ? [entry] : [], nextCursor: undefined };
  }
  const where = keys.workflowEntries();
  const { entries, nextCursor } = await readPage(table, where, workflowEntryCodec.read, page);
  return { entries: entries.toSorted((a, b) => a.name.localeCompare(b.name, 'en')), nextCursor };
}

/** @throws FlowservError 404 */
export async function readWorkflowEntry({ table }: Services, workflowId: string): Promise<WorkflowEntry> {
  return existingEntry(await table.get(keys.workflowEntry(workflowId)), workflowId);
}

/** @throws FlowservError 404 if the item is missing */
export function existingEntry(item: Item | undefined, workflowId: string): WorkflowEntry {
  const entry = workflowEntryCodec.readMaybe(item);
  if (!entry) throw unknownObject('workflow', workflowId);
  return entry;
}
