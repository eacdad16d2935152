import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { parseExactly } from '../documents/exact-json.ts';
import type { RunPlan } from '../engine/run-plan.ts';
import { unknownObject } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { readLargeText } from '../store/large-text.ts';
import type { SuppliedArgument } from '../template/arguments.ts';
import { runStates } from './state.ts';

const runSchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  /** Absent for post-processing runs, which belong to the workflow only. */
  groupId: z.string().optional(),
  version: z.string(),
  machineArn: z.string(),
  state: z.enum(runStates),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  messages: z.array(z.string()).optional(),
  /** Key of the file identifiers of this run's results; never served. */
  fileSecret: z.string(),
  /** Place in the queue, while the run waits for admission. */
  queueNumber: z.number().optional(),
  /** True while the run holds one place of the stage's capacity. */
  admitted: z.boolean().optional(),
  /** True where the last step has packed the result files itself. */
  archived: z.boolean().optional(),
  /** True once nothing is left to do for a finished run. */
  settled: z.boolean().optional(),
  deleting: z.boolean().optional(),
  dueShard: z.string().optional(),
  dueAt: z.string().optional(),
});

/** A run: the execution of a workflow version with one set of arguments. */
export type Run = z.infer<typeof runSchema>;
export const runCodec = itemCodec(1, runSchema);

/** Under which name a run waits for admission: its group, or the workflow whose post-processing it is. */
export const partyOf = ({ groupId, workflowId }: Pick<Run, 'groupId' | 'workflowId'>): string =>
  groupId ?? workflowId;

/** A run in the list of its group's runs, or of its workflow's post-processing runs. */
const entrySchema = z.object({ id: z.string(), state: z.enum(runStates), createdAt: z.string() });
export type RunEntry = z.infer<typeof entrySchema>;
export const runEntryCodec = itemCodec(1, entrySchema);

/** A stored object that a run starts from, beside the workflow's static files. */
export interface RunInput {
  readonly path: string;
  /** Key in the `data` bucket. */
  readonly object: string;
  readonly size: number;
  readonly sha256: string;
  /** True where the input may take the place of a static file, because its parameter declares the path. */
  readonly declared: boolean;
}

/** All that the steps of a run are made from. Written once, when the run starts. */
export interface RunDocument {
  readonly plan: RunPlan;
  readonly inputs: readonly RunInput[];
  /** Static files that steps may change, because the template itself declares them as outputs. */
  readonly released: readonly string[];
}

/** A file that a finished run has kept. */
export interface RunFile {
  readonly id: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** @throws FlowservError 404 when there is no such run */
export async function findRun(services: Services, runId: string): Promise<Run> {
  const run = await readAnyRun(services, runId);
  if (!run || run.deleting) throw unknownObject('run', runId);
  return run;
}

/** Reads a run even when it is being deleted. */
export async function readAnyRun({ table }: Services, runId: string): Promise<Run | undefined> {
  return runCodec.readMaybe(await table.get(keys.run(runId)));
}

/** Plans that this function instance has read: they never change. Large ones are read again, to bound memory. */
const kept = new Map<string, RunDocument>();
const KEPT_DOCUMENTS = 100;
const KEPT_CHARACTERS = 100_000;

/** Plan and inputs of a run. */
export async function readRunDocument(services: Services, runId: string): Promise<RunDocument> {
  const known = kept.get(runId);
  if (known) return known;
  const text = await readLargeText(services, keys.document(keys.run(runId), 'plan'));
  if (text === undefined) throw new Error(`plan of run ${runId} is missing`);
  const document = JSON.parse(text) as RunDocument;
  if (text.length > KEPT_CHARACTERS) return document;
  const [oldest] = kept.keys();
  if (kept.size >= KEPT_DOCUMENTS && oldest !== undefined) kept.delete(oldest);
  kept.set(runId, document);
  return document;
}

/**
 * The arguments of a run, verbatim.
 *
 * @throws FlowservError 404 when the run has been deleted meanwhile
 */
export async function readArguments(services: Services, runId: string): Promise<readonly SuppliedArgument[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'arguments'));
  if (text === undefined) throw unknownObject('run', runId);
  return parseExactly(text) as readonly SuppliedArgument[];
}

/**
 * The result files of a SUCCESS.
 *
 * @throws FlowservError 404 when the run has been deleted meanwhile
 */
export async function readRunFiles(services: Services, runId: string): Promise<RunFile[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'files'));
  if (text === undefined) throw unknownObject('run', runId);
  return JSON.parse(text) as RunFile[];
}

/** The ranked runs that a post-processing run is about, in their order. */
export async function readRanked(services: Services, runId: string): Promise<string[]> {
  const text = await readLargeText(services, keys.document(keys.run(runId), 'ranked'));
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}

/**
 * Identifier of a result file: 128 bits that nobody can guess who does not know the run's secret, and the
 * same for every attempt to store the file, so that a repeated upload does not make a second file.
 */
export function runFileId(fileSecret: string, path: string): string {
  return createHmac('sha256', fileSecret).update(path, 'utf8').digest('hex').slice(0, 32);
}

/** Identifier of the archive of all result files. No path is empty, so it is no file's. */
export const archiveFileId = (fileSecret: string): string => runFileId(fileSecret, '');
