import * as z from 'zod';
import { readRelativePath } from '../documents/relative-path.ts';
import { parseAt } from '../documents/schema.ts';
import { invalid } from '../errors.ts';
import { DEFAULT_VOLUME } from './volume-index.ts';

/** Folder of a storage volume with the folders of runs, named after their ids. No run reads it. */
export const RUNS_FOLDER = 'runs';
const MAX_FILES = 1000;

const fault = (message: string, cause?: unknown) => invalid('engine-config.invalid', message, cause);
const id = z.string().min(1).max(64).nullish();
const volumeSchema = z.object({ id, name: id, files: z.array(z.string()).max(MAX_FILES).nullish() });

/** The keys of a volume that are read. */
export const volumeKeys = Object.keys(volumeSchema.shape);

/**
 * Reads the files of storage volumes in an engine configuration, by the ids of the volumes. Ignores an entry with the
 * reserved id of the default volume, which holds the files of each run (flowServ engine specification, volume manager).
 *
 * @throws FlowservError 400 `engine-config.invalid`
 */
export function readVolumeFiles(
  entries: readonly Readonly<Record<string, unknown>>[],
): ReadonlyMap<string, readonly string[]> {
  const volumes = new Map<string, readonly string[]>();
  for (const [index, entry] of entries.entries()) {
    const path = `volumes[${index}]`;
    const { id: own, name, files } = parseAt(volumeSchema, entry, path, fault);
    const volume = own ?? name ?? undefined;
    if (volume === undefined || volume === DEFAULT_VOLUME || !files || files.length === 0) continue;
    const paths = files.map((file, position) => filePath(file, `${path}.files[${position}]`));
    volumes.set(volume, [...(volumes.get(volume) ?? []), ...paths]);
  }
  return volumes;
}

/** Returns the normal path of a file, or with a final `/` of a folder. */
function filePath(text: string, location: string): string {
  const read = readRelativePath(text, 'any');
  if (!read.ok) throw fault(`${location}: the path '${text.slice(0, 200)}' ${read.fault}`);
  if (read.path === RUNS_FOLDER || read.path.startsWith(`${RUNS_FOLDER}/`)) {
    throw fault(`${location}: '${RUNS_FOLDER}/' holds the files of runs, which other runs must not read`);
  }
  return read.path;
}
