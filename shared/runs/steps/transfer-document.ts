import * as z from 'zod';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { TransferPhase } from '../../engine/transfer-phase.ts';
import type { Services } from '../../services/services.ts';
import { objectKeys } from '../../volumes/keys.ts';

/**
 * What the function `transfer` did for a step, in two objects of bucket `work`: what was done so far, while files are
 * copied, and what was done in the end. The second one is written once, so a call that still copies when its repetition
 * completed the transfer changes nothing. The keys belong to attempt 0, for which no task gets a link, so that only the
 * functions write them.
 */

/** Files of a run on storage volumes, and of each transfer, of at most 1.2 kB each. */
const MAX_BYTES = 64 * 1024 * 1024;

const file = { path: z.string(), size: z.number(), sha256: z.string() };
const fetchedFile = z.object(file);
/** A file that a step gets from a storage volume; bucket `work` holds its content. */
export type FetchedFile = z.infer<typeof fetchedFile>;

const documentSchema = z.object({
  v: z.literal(1),
  /** What the step gets from storage volumes; only before a step. */
  fetched: z.array(fetchedFile),
  /** What the run got from each volume so far: later steps get the same versions. */
  pinned: z.array(z.object({ volume: z.string(), ...file })),
  /** Volumes that hold the newest version of files of the run, and the digest of that version. */
  held: z.array(z.object({ path: z.string(), sha256: z.string(), volumes: z.array(z.string()) })),
});
export type TransferDocument = z.infer<typeof documentSchema>;

/** Which transfer of a run. */
export interface TransferName {
  readonly runId: string;
  readonly step: number;
  readonly phase: TransferPhase;
}

const keyOf = ({ runId, step, phase }: TransferName): string =>
  objectKeys.stepFile(runId, step, 0, `transfer-${phase}`);
const progressKeyOf = ({ runId, step, phase }: TransferName): string =>
  objectKeys.stepFile(runId, step, 0, `transfer-${phase}-progress`);

/** What was done for a step; undefined if its transfer is not completed. */
export const readTransfer = ({ objects }: Services, name: TransferName) => read(objects, keyOf(name));

/** What was done for a step so far; undefined if nothing was stored yet. */
export const readTransferProgress = ({ objects }: Services, name: TransferName) =>
  read(objects, progressKeyOf(name));

async function read(objects: Services['objects'], key: string): Promise<TransferDocument | undefined> {
  const body = await objects.read('work', key, MAX_BYTES);
  return body && documentSchema.parse(JSON.parse(body.toString('utf8')));
}

/** Records a completed transfer, unless another call completed it. */
export async function writeTransfer(
  { objects }: Services,
  name: TransferName,
  document: TransferDocument,
): Promise<void> {
  await objects.writeOnce('work', keyOf(name), bytesOf(document));
}

export async function writeTransferProgress(
  { objects }: Services,
  name: TransferName,
  document: TransferDocument,
): Promise<void> {
  await objects.write('work', progressKeyOf(name), bytesOf(document));
}

const bytesOf = (document: TransferDocument): Buffer => Buffer.from(JSON.stringify(document));

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
  const document = await readTransfer(services, { runId, step: index, phase: 'before' });
  return document?.fetched ?? [];
}
