import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { markSchema } from '../store/purge.ts';
import { budgetSchema } from '../template/budget.ts';

/** The fields of a workflow in lists and handles, stored separately so that a list is one query. */
const entrySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  instructions: z.string().nullable(),
});
/** Set while organisers pause submissions. */
export const pauseSchema = z.object({ since: z.string(), reason: z.string() });
export type Pause = z.infer<typeof pauseSchema>;

/** A workflow as it is installed now. The data that a run needs is in the workflow's version, which never changes. */
const workflowSchema = z.object({
  id: z.string(),
  version: z.string(),
  /** Number of the version; absent in workflows of earlier releases. */
  number: z.number().default(1),
  /** The first version of the current leaderboard. */
  rankedSince: z.number().default(1),
  createdAt: z.string(),
  paused: pauseSchema.optional(),
  /** What the runs of a month may cost, by the contest of the version. */
  budget: budgetSchema.optional(),
  /** Number of changes of its members; absent before the first one. */
  membersRevision: z.number().optional(),
  /** True if all its runs are on the list by time; absent for a workflow of an earlier release, until they are. */
  runsListed: z.boolean().optional(),
  /** When that was requested. */
  runsListingAt: z.string().optional(),
  /** Its last entry in lists, after it is deleted. */
  entry: entrySchema.optional(),
  ...markSchema,
});
export type Workflow = z.infer<typeof workflowSchema>;
export const workflowCodec = itemCodec(1, workflowSchema);

export type WorkflowEntry = z.infer<typeof entrySchema>;
export const workflowEntryCodec = itemCodec(1, entrySchema);

/** @throws FlowservError 404 if the workflow does not exist */
export async function findWorkflow({ table }: Services, workflowId: string): Promise<Workflow> {
  return existingWorkflow(await table.get(keys.workflow(workflowId)), workflowId);
}

/** @throws FlowservError 404 if the item is missing, or belongs to a workflow that is being deleted */
export function existingWorkflow(item: Item | undefined, workflowId: string): Workflow {
  const workflow = workflowCodec.readMaybe(item);
  if (!workflow || workflow.deleting) throw unknownObject('workflow', workflowId);
  return workflow;
}

/** Whether an item belongs to a workflow that can be used. */
export const isInstalled = (item: Item | undefined): boolean => item !== undefined && item.deleting !== true;

/** Whether a workflow can be used now: for work in the background, which leaves nothing of a deleted one. */
export const isStillInstalled = async ({ table }: Services, workflowId: string): Promise<boolean> =>
  isInstalled(await table.get(keys.workflow(workflowId)));

/** Reads a workflow even if it is deleted, as long as it is not purged. */
export async function readAnyWorkflow(
  { table }: Services,
  workflowId: string,
): Promise<Workflow | undefined> {
  return workflowCodec.readMaybe(await table.get(keys.workflow(workflowId)));
}
