import * as z from 'zod';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { largeText } from '../store/large-text.ts';
import { deserializeTemplate, type Template } from '../template/template.ts';

/** A workflow as it is installed now. What a run needs of it is in its version, which never changes. */
const workflowSchema = z.object({
  id: z.string(),
  version: z.string(),
  createdAt: z.string(),
  deleting: z.boolean().optional(),
});
export type Workflow = z.infer<typeof workflowSchema>;
export const workflowCodec = itemCodec(1, workflowSchema);

/** What lists and handles show of a workflow; kept apart so that a list is one query. */
const entrySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  instructions: z.string().nullable(),
});
export type WorkflowEntry = z.infer<typeof entrySchema>;
export const workflowEntryCodec = itemCodec(1, entrySchema);

const staticFileSchema = z.object({
  path: z.string(),
  size: z.number(),
  sha256: z.string(),
  mode: z.number(),
});
export type StaticFile = z.infer<typeof staticFileSchema>;

const versionSchema = z.object({
  template: z.string(),
  config: z.record(z.string(), z.unknown()).nullable(),
  ignorePostproc: z.boolean(),
  files: z.array(staticFileSchema),
  machine: z.string(),
  postprocMachine: z.string().nullable(),
});

/** One immutable version of a workflow: its template, static files and compiled state machines. */
export interface WorkflowVersion {
  readonly id: string;
  readonly template: Template;
  /** Engine configuration of the workflow, or null for the engine's defaults. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly ignorePostproc: boolean;
  readonly files: readonly StaticFile[];
  /** ARN of the state machine of the template's steps, and of the post-processing steps if there are any. */
  readonly machine: string;
  readonly postprocMachine: string | null;
}

/** The text that is stored for a version. */
export function versionText(
  version: Omit<WorkflowVersion, 'id' | 'template'> & { readonly template: string },
) {
  const { template, config, ignorePostproc, files, machine, postprocMachine } = version;
  return JSON.stringify({ template, config, ignorePostproc, files, machine, postprocMachine });
}

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

/** Versions that this function instance has read. They never change, so they are only dropped for room. */
const kept = new Map<string, WorkflowVersion>();
const KEPT_VERSIONS = 50;

/** Reads one version of a workflow; from memory when this instance has read it before. */
export async function readVersion(
  { table, objects }: Services,
  workflowId: string,
  versionId: string,
): Promise<WorkflowVersion> {
  const name = `${workflowId}/${versionId}`;
  const known = kept.get(name);
  if (known) return known;
  const item = await table.get(keys.document(keys.workflow(workflowId), versionId));
  const text = await largeText(objects, item);
  if (text === undefined) throw unknownObject('workflow', workflowId);
  const { template, ...rest } = versionSchema.parse(JSON.parse(text));
  const version = { id: versionId, ...rest, template: deserializeTemplate(template) };
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_VERSIONS && oldest !== undefined) kept.delete(oldest);
  kept.set(name, version);
  return version;
}
