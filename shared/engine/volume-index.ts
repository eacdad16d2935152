import { FlowservError, invalid } from '../errors.ts';

/** Id of the volume that holds the files of a run: bucket `work`. No other volume has it. */
export const DEFAULT_VOLUME = '__default__';

/** The ids of the volumes that hold the newest version of a file, by its path. */
export type VolumeIndex = ReadonlyMap<string, readonly string[]>;

interface VolumeFiles {
  readonly id: string;
  /** Paths of the files that it holds. */
  readonly files: readonly string[];
}

/**
 * Returns the index before a step (flowServ engine specification, volume manager). Files of several volumes are merged.
 * The first volume is the default one; a further one with its id is ignored.
 *
 * @param known volumes of files, where they are known otherwise; it replaces what the volumes list
 * @throws FlowservError 400 `volume.config` without the default volume, 404 for a file on an unknown volume
 */
export function createIndex(
  volumes: readonly VolumeFiles[],
  known: ReadonlyMap<string, readonly string[]> = new Map(),
): VolumeIndex {
  const [first, ...others] = volumes;
  if (first?.id !== DEFAULT_VOLUME) throw invalid('volume.config', 'the default storage volume is missing');
  const own = others.filter(({ id }) => id !== DEFAULT_VOLUME);
  const ids = new Set([DEFAULT_VOLUME, ...own.map(({ id }) => id)]);
  const index = new Map<string, readonly string[]>();
  for (const { id, files } of [first, ...own]) {
    for (const path of files) index.set(path, [...(index.get(path) ?? []), id]);
  }
  for (const [path, holders] of known) {
    const unknown = holders.find((id) => !ids.has(id));
    if (unknown !== undefined) {
      throw new FlowservError('object.unknown', `'${path}' is on the unknown storage volume '${unknown}'`);
    }
    index.set(path, holders);
  }
  return index;
}

/** Whether an input of a step includes a file: an input that ends in `/` is a folder, any other one a file. */
export const isInput = (input: string, path: string): boolean =>
  input.endsWith('/') ? path.startsWith(input) : path === input;

/**
 * Returns the files that a step on a volume needs there: those of its inputs whose newest version is only elsewhere, with
 * the first volume that has it. An input that no file matches needs nothing.
 */
export function neededOn(
  index: VolumeIndex,
  volume: string,
  inputs: readonly string[],
): { readonly path: string; readonly from: string }[] {
  return [...index].flatMap(([path, [from = DEFAULT_VOLUME, ...more]]) => {
    if (from === volume || more.includes(volume)) return [];
    return inputs.some((input) => isInput(input, path)) ? [{ path, from }] : [];
  });
}

/** The index after files were copied to a volume, which then holds their newest version too. */
export function afterCopies(index: VolumeIndex, volume: string, paths: Iterable<string>): VolumeIndex {
  const copied = new Map(index);
  for (const path of paths) {
    const holders = copied.get(path) ?? [];
    if (!holders.includes(volume)) copied.set(path, [...holders, volume]);
  }
  return copied;
}

/** The index after a step on a volume made files: no other volume holds their newest version. */
export const afterStep = (index: VolumeIndex, volume: string, paths: Iterable<string>): VolumeIndex =>
  new Map([...index, ...[...paths].map((path) => [path, [volume]] as const)]);
