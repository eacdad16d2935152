import { unknownObject } from '../errors.ts';
import type { Services } from '../services.ts';
import { keys } from '../store/keys.ts';
import type { Item } from '../store/table.ts';
import { type WorkflowEntry, workflowEntryCodec } from './workflow.ts';

/** At most this many workflows come in one list. */
const LIST_LIMIT = 1000;

/** All workflows, by name. */
export async function listWorkflows({ table }: Services): Promise<WorkflowEntry[]> {
  const entries = (await table.list(keys.workflowEntries(), { limit: LIST_LIMIT })).map(
    workflowEntryCodec.read,
  );
  return entries.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** @throws FlowservError 404 */
export async function readWorkflowEntry({ table }: Services, workflowId: string): Promise<WorkflowEntry> {
  return existingEntry(await table.get(keys.workflowEntry(workflowId)), workflowId);
}

/** @throws FlowservError 404 when the item is not there */
export function existingEntry(item: Item | undefined, workflowId: string): WorkflowEntry {
  const entry = workflowEntryCodec.readMaybe(item);
  if (!entry) throw unknownObject('workflow', workflowId);
  return entry;
}
