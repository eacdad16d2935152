import { inParallel } from '../parallel.ts';
import { type Baseline, type BaselineFile, looksEqual } from './baseline.ts';
import { hashScanned } from './body.ts';
import type { FileEntry, Keep, TreeEntry } from './protocol.ts';
import { type ScannedFile, scanTree } from './scan.ts';

/** Files hashed at a time; hashing runs in Node's thread pool and on one or two cores. */
const HASHES = 4;

export type CurrentFile = ScannedFile & { readonly sha256: string };

/** The tree after a step. */
export interface AfterStep {
  /** All entries for the next manifest, in the byte order of their paths. */
  readonly entries: readonly TreeEntry[];
  /** Files whose bytes the work volume does not have yet, one for each digest. */
  readonly changed: readonly CurrentFile[];
  /** The declared outputs that exist. */
  readonly outputs: readonly CurrentFile[];
  /** The result document, if it exists. */
  readonly result: CurrentFile | undefined;
}

/**
 * Compares the tree with what was laid out: by size and times first, by digest where these differ. Changes to
 * protected files are dropped with a warning, unless the file is a declared output.
 *
 * Without a next step only the outputs are looked at.
 */
export async function compareTree(
  root: string,
  baseline: Baseline,
  warn: (text: string) => void,
): Promise<AfterStep> {
  const { keep, limits } = baseline;
  const before = new Map(baseline.files.map((file) => [file.path, file]));
  const wants = (path: string) => keep.tree || isDeclared(keep, path) || isAboveDeclared(keep, path);
  const guarded = baseline.files.filter(
    (file) => file.protected && !isDeclared(keep, file.path) && wants(file.path),
  );
  const scan = await scanTree({
    root,
    limits,
    tooLarge: keep.tree ? 'tree-too-large' : 'output-too-large',
    wants,
    reserved: reservedBy(guarded),
    warn,
  });
  const current: CurrentFile[] = [];
  await inParallel(scan.files, HASHES, async (file) => {
    const old = before.get(file.path);
    const sha256 = old && looksEqual(old, file) ? old.sha256 : await hashScanned(root, file);
    current.push({ ...file, sha256 });
  });

  const allowed = withoutChangesTo(guarded, current, warn);
  const files = [
    ...allowed.map((file) => entryOf(file, before.get(file.path))),
    ...guarded.map((file) => entryOf(file, file)),
  ];
  const folders = scan.emptyFolders.map((path): TreeEntry => ({ type: 'folder', path }));
  return {
    entries: [...files, ...scan.links, ...folders].sort(byPath),
    changed: newContents(baseline, allowed),
    outputs: allowed.filter(({ path }) => isOutput(keep, path)).sort(byPath),
    result: allowed.find(({ path }) => path === keep.resultFile),
  };
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

/** Whether an output path names the file or a folder above it. */
const isOutput = ({ outputs }: Keep, path: string): boolean =>
  outputs.some((output) => {
    const plain = output.replace(/\/$/, '');
    return path === plain || path.startsWith(`${plain}/`);
  });

const isDeclared = (keep: Keep, path: string): boolean => path === keep.resultFile || isOutput(keep, path);

const isAboveDeclared = ({ outputs, resultFile }: Keep, path: string): boolean =>
  [...outputs, resultFile ?? ''].some((output) => output.startsWith(`${path}/`));

/** The places that guarded files and the folders above them hold. */
function reservedBy(guarded: readonly BaselineFile[]) {
  const places = new Map<string, 'file' | 'folder'>();
  for (const { path } of guarded) {
    places.set(path, 'file');
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      places.set(path.slice(0, end), 'folder');
    }
  }
  return (path: string) => places.get(path);
}

/** The files that are not guarded; warns of each guarded one that is not as it was. */
function withoutChangesTo(
  guarded: readonly BaselineFile[],
  current: readonly CurrentFile[],
  warn: (text: string) => void,
): CurrentFile[] {
  const digests = new Map(current.map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256 } of guarded) {
    if (digests.get(path) !== sha256) warn(`changes to the static file '${path}' were dropped`);
  }
  const guardedPaths = new Set(guarded.map(({ path }) => path));
  return current.filter(({ path }) => !guardedPaths.has(path));
}

/** The entry of a file: with its earlier source where the bytes are the same. */
function entryOf(file: CurrentFile | BaselineFile, old: BaselineFile | undefined): FileEntry {
  const same = old?.sha256 === file.sha256;
  return {
    type: 'file',
    path: file.path,
    mode: old && old.diskMode === file.diskMode ? old.mode : file.diskMode,
    size: file.size,
    sha256: file.sha256,
    source: same ? old.source : { kind: 'tree', id: file.sha256 },
    protected: old?.protected ?? false,
    ...(old?.private ? { private: true } : {}),
  };
}

/** Of the files that are new or changed, one for each digest that the work volume does not have. */
function newContents(baseline: Baseline, current: readonly CurrentFile[]): CurrentFile[] {
  const before = new Map(baseline.files.map(({ path, sha256 }) => [path, sha256]));
  const stored = new Set(baseline.files.map(({ source }) => (source.kind === 'tree' ? source.id : '')));
  const fresh = new Map<string, CurrentFile>();
  for (const file of current) {
    if (before.get(file.path) !== file.sha256 && !stored.has(file.sha256)) fresh.set(file.sha256, file);
  }
  return [...fresh.values()];
}
