import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { markSchema } from '../store/purge.ts';

/** What lists and handles show of a workflow; kept apart so that a list is one query. */
const entrySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  instructions: z.string().nullable(),
});
/** A workflow as it is installed now. What a run needs of it is in its version, which never changes. */
const workflowSchema = z.object({
  id: z.string(),
  version: z.string(),
  createdAt: z.string(),
  /** What lists have shown of it, once it is deleted. */
  entry: entrySchema.optional(),
  ...markSchema,
});
export type Workflow = z.infer<typeof workflowSchema>;
export const workflowCodec = itemCodec(1, workflowSchema);

export type WorkflowEntry = z.infer<typeof entrySchema>;
export const workflowEntryCodec = itemCodec(1, entrySchema);

/** @throws FlowservError 404 when there is no such workflow */
export async function findWorkflow({ table }: Services, workflowId: string): Promise<Workflow> {
  return existingWorkflow(await table.get(keys.workflow(workflowId)), workflowId);
}

/** @throws FlowservError 404 when the item is not there, or belongs to a workflow that is being deleted */
export function existingWorkflow(item: Item | undefined, workflowId: string): Workflow {
  const workflow = workflowCodec.readMaybe(item);
  if (!workflow || workflow.deleting) throw unknownObject('workflow', workflowId);
  return workflow;
}

/** Whether an item is that of a workflow that can be used. */
export const isInstalled = (item: Item | undefined): boolean => item !== undefined && item.deleting !== true;

/** Reads a workflow even when it has been deleted and not been purged. */
export async function readAnyWorkflow(
  { table }: Services,
  workflowId: string,
): Promise<Workflow | undefined> {
  return workflowCodec.readMaybe(await table.get(keys.workflow(workflowId)));
}
