import { objectOf, recordedContent } from '../broker/inputs.ts';
import { RUNS_FOLDER } from '../engine/volume-files.ts';
import { inParallel } from '../parallel.ts';
import { seesPrivate } from '../runs/documents/plan.ts';
import type { FileEntry } from '../staging/protocol.ts';
import type { StorageVolume, VolumeFile } from '../storage-volumes/volume.ts';
import { type OpenVolumes, usingVolume } from './open-volumes.ts';
import type { Progress } from './progress.ts';
import { permanent } from './transfer-fault.ts';

/** Files of one transfer in each direction, as in a run's tree. */
export const MAX_FILES = 10_000;
/** Files that are copied at the same time: each of them holds at most two parts of 32 MiB in memory. */
export const WIDTH = 4;

/**
 * Whether inputs and outputs of a step are copied to the volume of its worker.
 *
 * @throws TransferFault if the step sees private files, and the volume's operators must not
 */
export function writableVolume({ origin, step }: Progress, volumes: OpenVolumes): boolean {
  if (step.volume === undefined) return false;
  const { readOnly, privateFiles } = volumes.settings(step.volume);
  if (readOnly) return false;
  if (seesPrivate(origin.document, step) && !privateFiles) {
    throw permanent(`the storage volume '${step.volume}' must not get what a step with private files makes`);
  }
  return true;
}

/** The folder of a run on a volume: a run writes nowhere else. */
const folderOf = (volume: StorageVolume, { origin: { run } }: Progress): StorageVolume =>
  volume.subVolume(`${RUNS_FOLDER}/${run.id}`, volume.id);

/** Creates the folders of a step's outputs. */
export async function makeFolders(progress: Progress, volume: StorageVolume): Promise<void> {
  const folder = folderOf(volume, progress);
  for (const output of progress.step.outputs) {
    const path = output.slice(0, output.lastIndexOf('/') + 1);
    await progress.check();
    await usingVolume(volume.id, () => folder.mkdir(path));
  }
}

/**
 * Copies files of the run to its folder on a volume, except for those that it holds already.
 *
 * @param holdersOf ids of the volumes that hold a file afterwards
 */
export async function storeFiles(
  progress: Progress,
  volume: StorageVolume,
  entries: readonly FileEntry[],
  holdersOf: (path: string) => readonly string[],
): Promise<void> {
  const { origin, held, check, watched } = progress;
  if (entries.length > MAX_FILES) {
    throw permanent(`more than ${MAX_FILES} files would be copied to the storage volume '${volume.id}'`);
  }
  const folder = folderOf(volume, progress);
  await inParallel(entries, WIDTH, async (entry) => {
    await check();
    const { path } = entry;
    const sha256 = recordedContent(origin, entry)?.sha256;
    const known = held.get(path);
    const isThere = known?.sha256 === sha256 && known?.volumes.includes(volume.id);
    if (sha256 !== undefined && !isThere) {
      const file = await contentOfRun(progress, entry);
      await usingVolume(volume.id, () => folder.store(watched(file), path));
    }
    if (sha256 !== undefined) held.set(path, { sha256, volumes: holdersOf(path) });
  });
}

async function contentOfRun(
  { services, origin }: Progress,
  { path, source }: FileEntry,
): Promise<VolumeFile> {
  const { objects } = services;
  const object = objectOf(origin, source, false);
  // The size in a manifest comes from the task of the step.
  const size = object && (await objects.size(object.bucket, object.key));
  if (!object || size === undefined) throw permanent(`the content of '${path}' is missing`);
  return {
    size,
    async open() {
      const stored = await objects.open(object.bucket, object.key);
      if (!stored) throw new Error(`the content of '${path}' is missing`);
      return stored.body;
    },
  };
}
