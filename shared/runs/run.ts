import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { warningSchema } from '../documents/warning.ts';
import { unknownObject } from '../errors.ts';
import { reservationsSchema } from '../quotas/quota.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { keys } from '../store/keys.ts';
import { markSchema } from '../store/purge.ts';
import { DEFAULT_USER } from '../users/user.ts';
import { runStates } from './state.ts';

/** The image that a step ran in: its name may stand for another one tomorrow, its digest cannot. */
const runImageSchema = z.object({ step: z.string(), image: z.string(), digest: z.string() });
export type RunImage = z.infer<typeof runImageSchema>;

const runSchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  /** Absent for post-processing runs, which belong to the workflow only. */
  groupId: z.string().optional(),
  /** Who has started it; absent for post-processing. */
  userId: z.string().optional(),
  version: z.string(),
  machineArn: z.string(),
  state: z.enum(runStates),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  messages: z.array(z.string()).optional(),
  /** What its participants should know, whatever its end; as of `boundedWarnings`. */
  warnings: z.array(warningSchema).optional(),
  /** As of `imagesThatRan`; absent where no digest is known. */
  images: z.array(runImageSchema).optional(),
  /** Key of the file identifiers of this run's results; never served. */
  fileSecret: z.string(),
  /** Place in the queue, while the run waits for admission. */
  queueNumber: z.number().optional(),
  /** What counts against the quotas of the user, until the run ends or is deleted. */
  reservations: reservationsSchema,
  /** True while the run holds one slot of the stage's capacity. */
  admitted: z.boolean().optional(),
  /** True where the last step has packed the result files itself. */
  archived: z.boolean().optional(),
  /** True once nothing is left to do for a finished run. */
  settled: z.boolean().optional(),
  ...markSchema,
});

/** A run: the execution of a workflow version with one set of arguments. */
export type Run = z.infer<typeof runSchema>;
export const runCodec = itemCodec(1, runSchema);

/** Sorts after every identifier, so that the turn comes to participants first. */
const BEHIND = '~';

/**
 * Under which name a run waits for admission: the user who has started it; the group where all are the same user, or of
 * a run from before users were kept; the workflow whose post-processing it is, behind all participants.
 */
export function queueOwnerOf({
  groupId,
  workflowId,
  userId,
}: Pick<Run, 'groupId' | 'workflowId' | 'userId'>) {
  if (groupId === undefined) return `${BEHIND}${workflowId}`;
  return userId === undefined || userId === DEFAULT_USER.id ? groupId : userId;
}

/** A run in the list of its group's runs, or of its workflow's post-processing runs. */
const entrySchema = z.object({
  id: z.string(),
  state: z.enum(runStates),
  createdAt: z.string(),
  /** Of the run's warnings; absent where it has none. */
  warningCount: z.number().optional(),
});
export type RunEntry = z.infer<typeof entrySchema>;
export const runEntryCodec = itemCodec(1, entrySchema);

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

/**
 * Identifier of a result file: 128 bits that nobody can guess who does not know the run's secret, and the
 * same for every attempt to store the file, so that a repeated upload does not make a second file.
 */
export function runFileId(fileSecret: string, path: string): string {
  return createHmac('sha256', fileSecret).update(path, 'utf8').digest('hex').slice(0, 32);
}

/** Identifier of the archive of all result files. No path is empty, so it is no file's. */
export const archiveFileId = (fileSecret: string): string => runFileId(fileSecret, '');
