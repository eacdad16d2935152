import { readFile as readFileFromDisk } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileEntry, InputsPage } from './protocol.ts';
import {
  count,
  type Fields,
  fields,
  list,
  readFile,
  readJson,
  readKeep,
  readLimits,
  readStep,
  text,
} from './protocol-reader.ts';

/** Size, times and mode of a file. If they are the same as right after it was written, so are its bytes. */
export interface FileStat {
  readonly size: number;
  /** Nanoseconds since 1970 as decimal text, since they do not fit in a JSON number. */
  readonly mtimeNs: string;
  readonly ctimeNs: string;
  /** Permission bits on disk, which may be wider than the entry's. */
  readonly diskMode: number;
}

export type BaselineFile = FileEntry & FileStat;

/** `ctl/tree.json`: written by `stage` for `warden`. */
export interface Baseline extends Pick<InputsPage, 'step' | 'isFollowed' | 'keep' | 'limits'> {
  readonly v: 1;
  readonly files: readonly BaselineFile[];
  /** Paths of the links and folders that were laid out. */
  readonly others: readonly string[];
  readonly warnings: readonly string[];
}

export const statOf = (info: {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly mode: bigint;
}): FileStat => ({
  size: Number(info.size),
  mtimeNs: String(info.mtimeNs),
  ctimeNs: String(info.ctimeNs),
  diskMode: Number(info.mode & 0o777n),
});

/** Whether the bytes must be the same: size, modification and change time (git's index compares the same fields). */
export const isUnchanged = (a: FileStat, b: FileStat): boolean =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;

export async function readBaseline(ctl: string): Promise<Baseline> {
  const body = await readFileFromDisk(join(ctl, 'tree.json'), 'utf8');
  const baseline = fields(readJson(body, 'baseline'), 'baseline');
  return {
    v: 1,
    step: readStep(baseline.step),
    isFollowed: baseline.isFollowed === true,
    keep: readKeep(baseline.keep),
    limits: readLimits(baseline.limits),
    files: list(baseline.files, 'baseline file', (item, what) => readBaselineFile(fields(item, what))),
    others: list(baseline.others, 'path', text),
    warnings: list(baseline.warnings, 'warning', text),
  };
}

const readBaselineFile = (file: Fields): BaselineFile => ({
  ...readFile(file),
  mtimeNs: text(file.mtimeNs, 'modification time'),
  ctimeNs: text(file.ctimeNs, 'change time'),
  diskMode: count(file.diskMode, 'mode on disk'),
});
