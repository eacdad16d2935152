import * as z from 'zod';
import { transferPhases } from '../../engine/transfer-phase.ts';
import type { Services } from '../../services/services.ts';
import { itemCodec } from '../../store/codec.ts';
import { keys } from '../../store/keys.ts';
import { type Run, runCodec } from '../run.ts';

/** Of a step with `cache: true`. */
const stepReuse = z.object({
  /** Identifies what the step sees; absent if it cannot be reused. */
  key: z.string().optional(),
  parts: z.record(z.string(), z.string()).optional(),
  /** The step whose outputs this one takes, or took; absent if it was executed. */
  from: z.object({ runId: z.string(), step: z.number(), attempt: z.number() }).optional(),
  /** Why it was executed. */
  missed: z.string().optional(),
  /** Why its own outputs are not recorded. */
  unrecorded: z.string().optional(),
});

const stepSchema = z.object({
  index: z.number(),
  name: z.string(),
  /** `transferring` while files are copied from or to storage volumes before the first task or after the last one. */
  state: z.enum(['running', 'waiting', 'transferring', 'success', 'failed']),
  /** Number of tasks requested for this step; 0 before the first one, when only files were copied. */
  attempt: z.number(),
  /** Number of attempts that found no free capacity; they do not count as failures. */
  refusals: z.number().optional(),
  /**
   * Indexes of the steps that follow in the same task. Each of them has a record once it begins (`beginNext` in
   * `shared/broker`).
   */
  following: z.array(z.number()).optional(),
  /** When a waiting step is tried again. */
  retryAt: z.string().optional(),
  /** SHA-256 of the ticket of this attempt. */
  ticketHash: z.string(),
  image: z.string(),
  /** Whether this attempt runs on spare capacity. */
  spot: z.boolean().optional(),
  /** Seconds of the tasks of all attempts that ended, by where they ran; absent before the first end. */
  taskSeconds: z.object({ onDemand: z.number(), spot: z.number() }).optional(),
  startedAt: z.string(),
  /** Of a running step: when the next step of its task began. How the step ended is not confirmed yet. */
  finishedAt: z.string().optional(),
  exitCode: z.number().optional(),
  /** Why the step failed, when its own output does not show it. */
  reason: z.string().optional(),
  /** Of a further attempt: why the one before it did not count. */
  because: z.string().optional(),
  /** True for a failed step that would have run on a working platform: neither code nor arguments failed it. */
  platform: z.boolean().optional(),
  /** Digest of the image that ran, as the container service reports it. */
  imageDigest: z.string().optional(),
  taskArn: z.string().optional(),
  reuse: stepReuse.optional(),
  /** Of a `transferring` step: the direction, and how often it failed. */
  transfer: z.object({ phase: z.enum(transferPhases), failures: z.number() }).optional(),
});

/** What is known about one step of a run. Skipped steps have no record. */
export type StepRecord = z.infer<typeof stepSchema>;
export const stepCodec = itemCodec(1, stepSchema);

/** A stored run and the records of its steps in order, in one request; undefined when the run does not exist. */
export async function readRunAndSteps(
  { table }: Services,
  runId: string,
): Promise<{ readonly run: Run; readonly steps: StepRecord[] } | undefined> {
  const [first, ...rest] = await table.list(keys.runAndSteps(runId));
  // Steps of a run that is gone are about to be removed too.
  if (first?.sk !== keys.run(runId).sk) return undefined;
  return { run: runCodec.read(first), steps: rest.map(stepCodec.read) };
}
