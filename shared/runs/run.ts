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
import { moderationSchema } from '../workflows/moderation.ts';
import { progressSchema } from './progress.ts';
import { runStates } from './state.ts';

/** The image that a step ran in. Its name may refer to another image later; its digest cannot. */
const runImageSchema = z.object({ step: z.string(), image: z.string(), digest: z.string() });
export type RunImage = z.infer<typeof runImageSchema>;

/** A step with `cache: true`: the run whose outputs it took, or why it was executed. */
const runStepReuseSchema = z.object({
  step: z.string(),
  runId: z.string().optional(),
  reason: z.string().optional(),
});
export type RunStepReuse = z.infer<typeof runStepReuseSchema>;

/** Tags by which a client of GA4GH WES labels a run, as JSON text; its routes bound them. */
const tags = z.string().optional();
/** True for an ERROR that no program of a step caused; `failedByPlatform` decides. */
const platformFailed = z.boolean().optional();

/** What lists of runs show besides the state; absent in runs of earlier releases. */
const shown = {
  /** Id of the phase of its contest; absent without phases. Of post-processing, the phase whose ranking it processes. */
  phase: z.string().optional(),
  /** Names of the uploaded files among its arguments; bounded by `inputNames`. */
  inputs: z.array(z.string()).optional(),
  /** The values that it is ranked by, as JSON text; in lists only short ones. */
  values: z.string().optional(),
  /** The run that it scores again. */
  rescoredFrom: z.string().optional(),
  /** The run whose place on the leaderboard it took. */
  replaces: z.string().optional(),
  /** The run that took its place on the leaderboard. */
  replacedBy: z.string().optional(),
};

const runSchema = z.object({
  id: z.string(),
  workflowId: z.string(),
  /** Absent for post-processing runs, which belong to the workflow only. */
  groupId: z.string().optional(),
  /** The user who started it; absent for post-processing. */
  userId: z.string().optional(),
  version: z.string(),
  /** The remote engine that executes the run; absent if the stage itself does. */
  engine: z.string().optional(),
  /** State of the run at its remote engine; `shared/remote-engines` writes it. */
  remoteId: z.string().optional(),
  remoteSince: z.string().optional(),
  remoteUntil: z.string().optional(),
  /** Since when its remote engine fails, and how. */
  remoteProblem: z.object({ since: z.string(), message: z.string() }).optional(),
  machineArn: z.string(),
  state: z.enum(runStates),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  messages: z.array(z.string()).optional(),
  tags,
  platformFailed,
  ...shown,
  /** Number of the request to score runs again that it belongs to, until that has ranked it. */
  rescore: z.number().optional(),
  /** The last run that scored it again, whatever its end. */
  rescoredBy: z.string().optional(),
  /** When the run was submitted that it scores again: this time counts for the ranking. */
  submittedAt: z.string().optional(),
  /** A user read its log within the minute before this time. */
  watchedUntil: z.string().optional(),
  /** The step that it is at; written with the records of its steps. */
  progress: progressSchema.optional(),
  /** Warnings for its participants, whatever its end; bounded by `boundedWarnings`. */
  warnings: z.array(warningSchema).optional(),
  /** From `imagesThatRan`; absent when no digest is known. */
  images: z.array(runImageSchema).optional(),
  /** From `reuseOfSteps`; absent without such steps. */
  reuse: z.array(runStepReuseSchema).optional(),
  /** Secret key from which the identifiers of this run's outputs are derived; never served. */
  fileSecret: z.string(),
  /** Number in the queue, while the run waits for admission. */
  queueNumber: z.number().optional(),
  /** Set while a run keeps its number but is not in the queue, because the budget of the month is used up. */
  held: z.object({ since: z.string(), month: z.string() }).optional(),
  /** What the tasks of an ended run took and cost (micro-dollars), and the month that it counts in. */
  usage: z
    .object({ month: z.string(), taskSeconds: z.number(), vcpuSeconds: z.number(), micros: z.number() })
    .optional(),
  /** Amounts that count against the quotas of the user, until the run ends or is deleted. */
  reservations: reservationsSchema,
  /** vCPUs of its largest step, which it needs to be admitted; absent in runs of earlier releases. */
  vcpus: z.number().optional(),
  /** True while the run holds a part of the stage's capacity. */
  admitted: z.boolean().optional(),
  /** The vCPUs that it holds; absent if an earlier release admitted it. */
  vcpusHeld: z.number().optional(),
  /** True when the last step created the archive of the outputs. */
  archived: z.boolean().optional(),
  /** True once the reservations include the crate of the run. */
  crateCounted: z.boolean().optional(),
  /** True once a finished run needs no further work. */
  settled: z.boolean().optional(),
  /** Counts the decisions about its ranking; absent before the first one. */
  moderationCount: z.number().optional(),
  ...moderationSchema,
  ...markSchema,
});

/** A run: the execution of a workflow version with one set of arguments. */
export type Run = z.infer<typeof runSchema>;
export const runCodec = itemCodec(1, runSchema);

/** In earlier releases every step had one vCPU, and the capacity counted runs. */
const EARLIER_VCPUS = 1;

export const vcpusOfRun = ({ vcpus = EARLIER_VCPUS }: Pick<Run, 'vcpus'>): number => vcpus;

/** The part of the capacity that an admitted run holds. */
export const vcpusHeldBy = ({ vcpusHeld = EARLIER_VCPUS }: Pick<Run, 'vcpusHeld'>): number => vcpusHeld;

/** Sorts after every identifier, so that participants come first. */
const BEHIND = '~';
/** Sorts after the former and an identifier. */
const LAST = '~~';

/** Whether a queue owner has only runs that score others again: they wait until no other run does. */
export const isLastInQueue = (party: string): boolean => party.startsWith(LAST);

/**
 * The queue owner of a run: the user who started it; the group if all users are the same one or the run is older than
 * the field `userId`; for post-processing, the workflow, behind all participants; for runs that score others again,
 * the workflow, behind all other runs.
 */
export function queueOwnerOf({
  groupId,
  workflowId,
  userId,
  rescoredFrom,
}: Pick<Run, 'groupId' | 'workflowId' | 'userId' | 'rescoredFrom'>) {
  if (rescoredFrom !== undefined) return `${LAST}${workflowId}`;
  if (groupId === undefined) return `${BEHIND}${workflowId}`;
  return userId === undefined || userId === DEFAULT_USER.id ? groupId : userId;
}

/**
 * A run in the list of its group's runs, or of its workflow's post-processing runs. Whatever changes an entry counts the
 * change in the group, by `entryWrites` or `listChange`: readers who have the list look only there.
 */
const entrySchema = z.object({
  id: z.string(),
  state: z.enum(runStates),
  createdAt: z.string(),
  /** Number of the run's warnings; absent when it has none. */
  warningCount: z.number().optional(),
  tags,
  platformFailed,
  ...shown,
  version: z.string().optional(),
  /** Why a successful run is not ranked, if its result is the reason. */
  notRanked: z.string().optional(),
});
export type RunEntry = z.infer<typeof entrySchema>;
export const runEntryCodec = itemCodec(1, entrySchema);

/** @throws FlowservError 404 when the run does not exist */
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
 * Identifier of an output: 128 bits that cannot be guessed without the run's secret. It is the same for every attempt
 * to store the file, so that a repeated upload does not create a second file.
 */
export function runFileId(fileSecret: string, path: string): string {
  return createHmac('sha256', fileSecret).update(path, 'utf8').digest('hex').slice(0, 32);
}

/** Identifier of the archive of all outputs. It differs from that of any file, as no path is empty. */
export const archiveFileId = (fileSecret: string): string => runFileId(fileSecret, '');
