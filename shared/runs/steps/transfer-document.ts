import * as z from 'zod';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { TransferPhase } from '../../engine/transfer-phase.ts';
import type { Services } from '../../services/services.ts';
import { objectKeys } from '../../volumes/keys.ts';

/**
 * What the function `transfer` did for a step, in an object of bucket `work`. Its key belongs to attempt 0, for which no
 * task gets a link, so that only the functions write it.
 */

/** Files of a run on storage volumes, and of each transfer, of at most 1.2 kB each. */
const MAX_BYTES = 64 * 1024 * 1024;

const file = { path: z.string(), size: z.number(), sha256: z.string() };
const fetchedFile = z.object(file);
/** A file that a step gets from a storage volume; bucket `work` holds its content. */
export type FetchedFile = z.infer<typeof fetchedFile>;

const documentSchema = z.object({
  v: z.literal(1),
  /** False while files are copied: a repetition continues. */
  isDone: z.boolean(),
  /** What the step gets from storage volumes; only before a step. */
  fetched: z.array(fetchedFile),
  /** What the run got from each volume so far: later steps get the same versions. */
  pinned: z.array(z.object({ volume: z.string(), ...file })),
  /** Volumes that hold the newest version of files of the run, and the digest of that version. */
  held: z.array(z.object({ path: z.string(), sha256: z.string(), volumes: z.array(z.string()) })),
});
export type TransferDocument = z.infer<typeof documentSchema>;

const keyOf = (runId: string, step: number, phase: TransferPhase): string =>
  objectKeys.stepFile(runId, step, 0, `transfer-${phase}`);

/** What was done for a step; undefined if nothing was. */
export async function readTransfer(
  { objects }: Services,
  runId: string,
  step: number,
  phase: TransferPhase,
): Promise<TransferDocument | undefined> {
  const body = await objects.read('work', keyOf(runId, step, phase), MAX_BYTES);
  return body && documentSchema.parse(JSON.parse(body.toString('utf8')));
}

export async function writeTransfer(
  { objects }: Services,
  runId: string,
  step: number,
  phase: TransferPhase,
  document: TransferDocument,
): Promise<void> {
  await objects.write('work', keyOf(runId, step, phase), Buffer.from(JSON.stringify(document)));
}

/**
 * The files that a step gets from storage volumes, once all of them are copied. None if the state machine of the run
 * makes no transfers, because it was created by an earlier release.
 */
export async function readFetched(
  services: Services,
  runId: string,
  { index, fetches = [] }: Pick<PlannedStep, 'index' | 'fetches'>,
): Promise<readonly FetchedFile[]> {
  if (fetches.length === 0) return [];
  const document = await readTransfer(services, runId, index, 'before');
  return document?.isDone ? document.fetched : [];
}
