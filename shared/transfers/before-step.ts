import { treeBefore } from '../broker/inputs.ts';
import { MAX_FILE_BYTES, stepLimits } from '../broker/limits.ts';
import { createMergeWave } from '../broker/merge-wave.ts';
import { readRelativePath } from '../documents/relative-path.ts';
import { afterCopies, createIndex, DEFAULT_VOLUME, isInput, neededOn } from '../engine/volume-index.ts';
import { inParallel } from '../parallel.ts';
import type { FetchedFile } from '../runs/steps/transfer-document.ts';
import type { FileEntry } from '../staging/protocol.ts';
import type { VolumeFile } from '../storage-volumes/volume.ts';
import { fetchFile } from './fetch-file.ts';
import { type OpenVolumes, usingVolume } from './open-volumes.ts';
import { type Progress, pinKey } from './progress.ts';
import { MAX_FILES, makeFolders, storeFiles, WIDTH, writableVolume } from './store-files.ts';
import { permanent } from './transfer-fault.ts';

/** A file on a volume; without `file` if the run got it before. */
interface Listed {
  readonly volume: string;
  readonly path: string;
  readonly size: number;
  readonly file?: VolumeFile;
}

/**
 * Makes the inputs of a step available: copies what it gets from volumes to bucket `work`, and its inputs to the volume
 * of its worker, as far as they are not there.
 *
 * @returns what the step gets from volumes
 */
export async function beforeStep(progress: Progress, volumes: OpenVolumes): Promise<readonly FetchedFile[]> {
  const { services, origin, step, held } = progress;
  const { run, document } = origin;
  const conflict = await createMergeWave(services)({ run, document, step });
  if (conflict !== undefined) throw permanent(conflict);
  // Private files are never copied to a volume.
  const tree = (await treeBefore(services, origin, step, false)).filter((entry) => entry.type === 'file');
  const target = step.volume ?? DEFAULT_VOLUME;
  const writable = writableVolume(progress, volumes);
  const listed = await listFetches(progress, volumes, target);
  const files = new Map(tree.map((entry) => [entry.path, entry]));
  const current = [...held].filter(([path, { sha256 }]) => files.get(path)?.sha256 === sha256);
  const ids = new Set([...listed.map(({ volume }) => volume), ...current.flatMap(([, one]) => one.volumes)]);
  const index = createIndex(
    [
      { id: DEFAULT_VOLUME, files: [...files.keys()] },
      ...[...ids].map((id) => ({
        id,
        files: listed.flatMap(({ volume, path }) => (volume === id ? [path] : [])),
      })),
    ],
    new Map(current.map(([path, one]) => [path, one.volumes])),
  );
  const needed = neededOn(index, target, step.inputs);
  const isNeeded = ({ volume, path }: Listed) =>
    volume === target || needed.some((one) => one.path === path && one.from === volume);
  const fetched = await fetchAll(progress, listed.filter(isNeeded));
  if (writable) {
    const copies = needed.flatMap(({ path }): FileEntry[] => [files.get(path) ?? []].flat());
    const holders = afterCopies(
      index,
      target,
      copies.map(({ path }) => path),
    );
    await makeFolders(progress, await volumes.open(target));
    await storeFiles(progress, await volumes.open(target), copies, (path) => holders.get(path) ?? [target]);
  }
  return fetched;
}

/** Lists what a step gets from volumes, each path once: from the volume of its worker, else the first that has it. */
async function listFetches(progress: Progress, volumes: OpenVolumes, target: string): Promise<Listed[]> {
  const { step } = progress;
  const listed = new Map<string, Listed>();
  const own = (step.fetches ?? []).filter(({ volume }) => volume === target);
  const others = (step.fetches ?? []).filter(({ volume }) => volume !== target);
  for (const { volume, path } of [...own, ...others]) {
    const found = await listOne(progress, volumes, volume, path);
    for (const one of found) if (!listed.has(one.path)) listed.set(one.path, one);
    if (listed.size > MAX_FILES)
      throw permanent(`the step gets more than ${MAX_FILES} files from storage volumes`);
  }
  checkSizes(progress, [...listed.values()]);
  return [...listed.values()];
}

async function listOne(
  { pinned, check }: Progress,
  volumes: OpenVolumes,
  volume: string,
  path: string,
): Promise<Listed[]> {
  volumes.settings(volume);
  const known = [...pinned.values()].filter((file) => file.volume === volume && isInput(path, file.path));
  const found = new Map<string, Listed>(known.map((file) => [file.path, file]));
  if (found.has(path)) return known;
  const opened = await volumes.open(volume);
  await usingVolume(volume, async () => {
    for await (const { key, file } of opened.walk(path)) {
      await check();
      if (!isInput(path, key) || found.has(key)) continue;
      const read = readRelativePath(key, 'file');
      if (!read.ok || read.path !== key)
        throw permanent(`a path on the storage volume '${volume}' cannot be used`);
      found.set(key, { volume, path: key, size: file.size, file });
      if (found.size > MAX_FILES)
        throw permanent(`'${path}' of the storage volume '${volume}' has more than ${MAX_FILES} files`);
    }
  });
  if (found.size === 0) throw permanent(`the storage volume '${volume}' has no file '${path}'`);
  return [...found.values()];
}

/** The task would fail, after all files were copied. */
function checkSizes({ step }: Progress, listed: readonly Listed[]): void {
  const large = listed.find(({ size }) => size > MAX_FILE_BYTES);
  if (large) {
    throw permanent(
      `'${large.path}' of the storage volume '${large.volume}' is larger than ${MAX_FILE_BYTES} bytes`,
    );
  }
  const { treeBytes } = stepLimits(step);
  if (listed.reduce((sum, { size }) => sum + size, 0) > treeBytes) {
    throw permanent(
      `the files from storage volumes are larger than ${treeBytes} bytes, the disk of the step`,
    );
  }
}

/** Copies files to bucket `work`, except for those that the run got before. */
async function fetchAll(progress: Progress, listed: readonly Listed[]): Promise<FetchedFile[]> {
  const { pinned, check, watched } = progress;
  await inParallel(listed, WIDTH, async ({ volume, path, file }) => {
    await check();
    if (!file) return;
    const content = await usingVolume(volume, () => fetchFile(progress, watched(file)));
    pinned.set(pinKey(volume, path), { volume, path, ...content });
  });
  return listed.map(({ volume, path }) => {
    const file = pinned.get(pinKey(volume, path));
    if (!file) throw new Error(`'${path}' was not copied`);
    return { path, size: file.size, sha256: file.sha256 };
  });
}
