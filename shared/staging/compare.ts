import { foldersAbove } from '../documents/relative-path.ts';
import { inParallel } from '../parallel.ts';
import { belongsToOthers, dropReason, type HandOver, holdsOutputs } from '../template/static-paths.ts';
import { type Baseline, type BaselineFile, isUnchanged } from './baseline.ts';
import { hashScanned } from './body.ts';
import { identities, identityOf, linkedOutputs } from './linked-outputs.ts';
import type { FileEntry, Keep, TreeEntry } from './protocol.ts';
import { type Scan, type ScannedFile, scanTree } from './scan.ts';

/** Files hashed at a time; hashing runs in Node's thread pool and on one or two cores. */
const HASHES = 4;

export type CurrentFile = ScannedFile & { readonly sha256: string };

/** The tree after a step. */
export interface AfterStep {
  /** The entries of the tree for the next step. */
  readonly entries: readonly TreeEntry[];
  /** Files whose bytes the work volume does not have yet, one for each digest. */
  readonly changed: readonly CurrentFile[];
  /** The declared outputs that exist. */
  readonly outputs: readonly CurrentFile[];
  /** The result document, if it exists. */
  readonly result: CurrentFile | undefined;
}

/**
 * Compares the tree with the baseline: by size and times first, by digest where these differ. Changes to protected
 * files are dropped with a warning, unless the file is a declared output. Files that may not reach the next step are
 * dropped in the same way. Private files are ignored, whatever the step did with them.
 *
 * Without a next step only the outputs are compared.
 */
export async function compareTree(
  root: string,
  baseline: Baseline,
  warn: (text: string) => void,
): Promise<AfterStep> {
  const { keep, limits } = baseline;
  const { handOver } = keep;
  const before = new Map(baseline.files.map((file) => [file.path, file]));
  const isKept = (path: string) => keep.tree || isDeclared(keep, path) || isAboveDeclared(keep, path);
  const wants = (path: string) => before.get(path)?.private !== true && isKept(path);
  const isGuarded = ({ path, ...file }: BaselineFile) =>
    (file.protected && !isDeclared(keep, path)) ||
    belongsToOthers(handOver, path) ||
    (handOver.leaves !== null && dropReason(handOver, path) !== undefined);
  const guarded = baseline.files.filter((file) => wants(file.path) && isGuarded(file));
  const known = knownPaths(baseline);
  const scan = await scanTree({
    root,
    limits,
    tooLarge: keep.tree ? 'tree-too-large' : 'output-too-large',
    wants,
    reserved: reservedBy(guarded),
    dropReason: (path, target) => (known.has(path) ? undefined : reasonToWarn(handOver, path, target)),
    holds: (path) => known.has(path) || holdsOutputs(handOver, path),
    warn,
  });
  const current = await hashed(root, scan.files, before);
  const links = await throughLinks(root, baseline, scan, isGuarded, warn);
  const allowed = withoutChangesTo(guarded, current, warn);
  const files = [
    ...allowed.map((file) => entryOf(file, before.get(file.path))),
    ...guarded.map((file) => entryOf(file, file)),
  ];
  const guardedPaths = new Set(guarded.map(({ path }) => path));
  const isIntact = ({ path, sha256 }: CurrentFile) => before.get(path)?.sha256 === sha256;
  const kept = [...current.filter((file) => !guardedPaths.has(file.path) || isIntact(file)), ...links];
  const folders = scan.emptyFolders.map((path): TreeEntry => ({ type: 'folder', path }));
  return {
    entries: [...files, ...scan.links, ...folders].sort(byPath),
    changed: newContents(baseline, allowed),
    outputs: kept.filter(({ path }) => isOutput(keep, path)).sort(byPath),
    result: kept.find(({ path }) => path === keep.resultFile),
  };
}

async function hashed(
  root: string,
  files: readonly ScannedFile[],
  before: ReadonlyMap<string, BaselineFile>,
): Promise<CurrentFile[]> {
  const current: CurrentFile[] = [];
  await inParallel(files, HASHES, async (file) => {
    const old = file.at === undefined ? before.get(file.path) : undefined;
    const sha256 = old && isUnchanged(old, file) ? old.sha256 : await hashScanned(root, file);
    current.push({ ...file, sha256 });
  });
  return current;
}

/**
 * The outputs and the result that are links or are reached through one, with the content to which they lead. A
 * private file cannot become an output under another name, however the step made that name. Neither can static files
 * or files that belong to others, which are not outputs under their own names.
 */
async function throughLinks(
  root: string,
  { keep, limits, files }: Baseline,
  scan: Scan,
  isGuarded: (file: BaselineFile) => boolean,
  warn: (text: string) => void,
): Promise<CurrentFile[]> {
  const links = scan.links.map(({ path }) => path);
  const wanted = links.filter((path) => isDeclared(keep, path) || isAboveDeclared(keep, path));
  if (wanted.length === 0) return [];
  const guarded = new Set(files.filter(isGuarded).map(({ path }) => path));
  const secrets = files.filter((file) => file.private === true).map(({ path }) => path);
  const secretFiles = await identities(root, secrets);
  const linked = await linkedOutputs(wanted, {
    root,
    limits,
    found: { files: scan.files.length, bytes: scan.files.reduce((sum, { size }) => sum + size, 0) },
    isDeclared: (path) => isDeclared(keep, path),
    isAboveDeclared: (path) => isAboveDeclared(keep, path),
    dropReason(path, info) {
      if (secrets.includes(path) || secretFiles.has(identityOf(info))) return 'it leads to a private file';
      return guarded.has(path)
        ? `it leads to '${path}', which is not an output of this step; copy it`
        : undefined;
    },
    warn,
  });
  return hashed(root, linked, new Map());
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

/** The paths that guarded files and the folders above them occupy. */
function reservedBy(guarded: readonly BaselineFile[]) {
  const reserved = new Map<string, 'file' | 'folder'>();
  for (const { path } of guarded) {
    reserved.set(path, 'file');
    for (const folder of foldersAbove(path)) reserved.set(folder, 'folder');
  }
  return (path: string) => reserved.get(path);
}

/** Everything that was laid out, with the folders above it. */
function knownPaths({ files, others }: Baseline): Set<string> {
  const paths = [...files.map(({ path }) => path), ...others];
  return new Set(paths.flatMap((path) => [path, ...foldersAbove(path)]));
}

/** Like `dropReason`, but without a warning about files that Python and its tools store for themselves. */
function reasonToWarn(handOver: HandOver, path: string, target?: string): string | undefined {
  const reason = dropReason(handOver, path, target);
  return reason !== undefined &&
    handOver.leaves === null &&
    /(?:^|\/)(?:__pycache__|\.\w+_cache|\.ipynb_checkpoints)$/.test(path)
    ? ''
    : reason;
}

/** Returns the files that are not guarded; warns of each guarded file that changed. */
function withoutChangesTo(
  guarded: readonly BaselineFile[],
  current: readonly CurrentFile[],
  warn: (text: string) => void,
): CurrentFile[] {
  const digests = new Map(current.map(({ path, sha256 }) => [path, sha256]));
  for (const { path, sha256, ...file } of guarded) {
    if (digests.get(path) === sha256) continue;
    if (file.protected) warn(`changes to the static file '${path}' were dropped`);
    else
      warn(`changes to '${path}' were dropped: it is not a declared output of this step; write a new file`);
  }
  const guardedPaths = new Set(guarded.map(({ path }) => path));
  return current.filter(({ path }) => !guardedPaths.has(path));
}

/** The entry of a file; it keeps its earlier source if the bytes are the same. */
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
  };
}

/** The new and changed files, one for each digest that is not on the work volume. */
function newContents(baseline: Baseline, current: readonly CurrentFile[]): CurrentFile[] {
  const before = new Map(baseline.files.map(({ path, sha256 }) => [path, sha256]));
  const stored = new Set(baseline.files.map(({ source }) => (source.kind === 'tree' ? source.id : '')));
  const fresh = new Map<string, CurrentFile>();
  for (const file of current) {
    if (before.get(file.path) !== file.sha256 && !stored.has(file.sha256)) fresh.set(file.sha256, file);
  }
  return [...fresh.values()];
}
