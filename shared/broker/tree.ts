import { followLinks } from '../documents/follow-links.ts';
import { foldersAbove } from '../documents/relative-path.ts';
import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import { waveBefore } from '../engine/waves.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { FetchedFile } from '../runs/steps/transfer-document.ts';
import type { FileEntry, TreeEntry } from '../staging/protocol.ts';
import { isPrivate, pathsByAccess } from '../template/file-access.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import { givesWay, privateSurroundings } from '../template/static-paths.ts';
import type { StaticFile } from '../workflows/version.ts';

/** First letter of the identifier of a file from a storage volume; its digest follows. */
export const FETCHED = 'v';
/** Mode of uploads and other inputs; static files keep the mode they were installed with. */
const INPUT_MODE = 0o644;

/**
 * The run tree before the first step: the static template files, then copies of static files, then the run's own
 * inputs. A file's source names its index in the version's or the run's list. Static files are protected, unless the
 * template declares them as outputs; an input replaces a protected one only where its parameter declares that path.
 *
 * @param withPrivate whether the step gets the private static files; for others they do not exist
 */
export function firstTree(
  files: readonly StaticFile[],
  document: RunDocument,
  withPrivate: boolean,
): TreeEntry[] {
  const { plan, inputs } = document;
  const tree = new Map<string, TreeEntry>();
  const released = new Set(document.released);
  const contentOf = contentsIn(files, document);
  for (const [own, file] of files.entries()) {
    if (isPrivate(file) && !withPrivate) continue;
    const { path } = file;
    const [index, { mode, size, sha256 }] = contentOf(own, file);
    const marks = isPrivate(file) ? { protected: true, private: true } : { protected: !released.has(path) };
    const source = { kind: 'input', id: `s${index}` } as const;
    tree.set(path, { type: 'file', path, mode, size, sha256, source, ...marks });
  }
  for (const { source, target } of plan.copies) {
    const original = tree.get(source);
    if (original?.type === 'file') tree.set(target, { ...original, path: target, protected: false });
  }
  for (const [index, { path, size, sha256, declared }] of inputs.entries()) {
    const present = tree.get(path);
    if (present?.type === 'file' && !givesWay(present.protected, declared)) continue;
    const source = { kind: 'input', id: `i${index}` } as const;
    tree.set(path, { type: 'file', path, mode: INPUT_MODE, size, sha256, source, protected: false });
  }
  return sorted(tree.values());
}

/**
 * Returns how to find the file whose content a static file has in the phase of a run, with its index: its own, or that of
 * another private one.
 */
function contentsIn(files: readonly StaticFile[], { replaced = [] }: RunDocument) {
  const replacements = new Map(replaced.map(({ path, by }) => [path, by]));
  return (index: number, file: StaticFile): readonly [number, StaticFile] => {
    const by = isPrivate(file) ? replacements.get(file.path) : undefined;
    if (by === undefined) return [index, file];
    const other = files.findIndex(({ path }) => path === by);
    const replacement = files[other];
    if (!replacement || !isPrivate(replacement)) throw new Error(`the private file '${by}' is missing`);
    return [other, replacement];
  };
}

/**
 * The run tree before a later step: what the previous step left, with the protected files as installed. Private files
 * are laid out each time, since no step passes them on.
 */
export function nextTree(left: readonly TreeEntry[], first: readonly TreeEntry[]): TreeEntry[] {
  return overlay(
    left,
    first.filter((entry) => entry.type === 'file' && (entry.protected || entry.private === true)),
  );
}

/**
 * What a participant's step gets of a tree that a step with private files left: the participant's tree before that
 * step, with the outputs that the step or the workflow declares. Everything else that the step left may reveal
 * private files, and so may what it removed.
 *
 * @param outputs declared paths
 */
export function shownTree(
  left: readonly TreeEntry[],
  earlier: readonly TreeEntry[],
  outputs: readonly string[],
): TreeEntry[] {
  const isOutput = ({ path }: TreeEntry) => outputs.some((output) => covers(output, path));
  // Links stay, since the staging program may have removed one because of its target.
  return overlay(
    earlier.filter((entry) => entry.type === 'link' || !isOutput(entry)),
    left.filter(isOutput),
  );
}

/**
 * What a step with private files gets of the tree before it. Undeclared files beside the private ones are removed, as
 * they could be taken for the organiser's code or data.
 *
 * @param declared paths of outputs and inputs that the template declares
 */
export function withoutIntruders(
  left: readonly TreeEntry[],
  files: readonly StaticFile[],
  declared: readonly string[],
): TreeEntry[] {
  const isNear = privateSurroundings(pathsByAccess(files).private);
  const known = [...declared, ...pathsByAccess(files).known];
  return left.filter(({ path }) => !isNear(path) || known.some((one) => covers(one, path)));
}

/**
 * The tree that a participant's step left, without links; a link to a file is replaced by a copy of it. Through a
 * link, a step with private files would write to a location that the participant reads.
 */
export function withoutLinks(left: readonly TreeEntry[]): TreeEntry[] {
  const { fileAt } = resolverOf(left);
  return left.flatMap((entry): TreeEntry[] => {
    if (entry.type !== 'link') return [entry];
    const file = fileAt(entry.path);
    return file ? [copyAt(file, entry.path)] : [];
  });
}

/**
 * The tree that a step of the organiser left, with links at and above the outputs of the organiser's steps replaced
 * by copies of the files behind them. A participant who could change the file behind such a link would change the
 * output too.
 *
 * @param made paths or folders.
 */
export function withoutLinksAt(left: readonly TreeEntry[], made: readonly string[]): TreeEntry[] {
  const { fileAt, endOf } = resolverOf(left);
  const isMade = (path: string) =>
    made.some((output) => covers(output, path) || output.startsWith(`${path}/`));
  const below = (folder: string, path: string): TreeEntry[] =>
    left.flatMap((entry) => {
      if (!entry.path.startsWith(folder) || entry.type === 'folder') return [];
      const file = fileAt(entry.path);
      return file ? [copyAt(file, `${path}/${entry.path.slice(folder.length)}`)] : [];
    });
  const copies = left.flatMap((entry): TreeEntry[] => {
    if (entry.type !== 'link' || !isMade(entry.path)) return [];
    const file = fileAt(entry.path);
    if (file) return [copyAt(file, entry.path)];
    const end = endOf(entry.path);
    if (end === undefined) return [];
    return below(end === '' ? '' : `${end}/`, entry.path);
  });
  const rest = left.filter(({ type, path }) => type !== 'link' || !isMade(path));
  return overlay(rest, copies);
}

const copyAt = (file: FileEntry, path: string): FileEntry => ({ ...file, path, protected: false });

/** Follows the links of a tree. */
function resolverOf(tree: readonly TreeEntry[]) {
  const entries = new Map(tree.map((entry) => [entry.path, entry]));
  /** Resolves a path; undefined when it leads outside or the links form a circle. */
  const endOf = (path: string): string | undefined => {
    const way = followLinks(path);
    let step = way.next();
    while (!step.done) {
      const entry = entries.get(step.value);
      step = way.next(entry?.type === 'link' ? { target: entry.target, fromRoot: false } : undefined);
    }
    return step.value;
  };
  const fileAt = (path: string): FileEntry | undefined => {
    const end = endOf(path);
    const entry = end === undefined ? undefined : entries.get(end);
    return entry?.type === 'file' ? entry : undefined;
  };
  return { endOf, fileAt };
}

/**
 * A tree with the files that the step gets from storage volumes. No step passes them on, and its changes to them are
 * dropped, so that each step gets them as the volume holds them.
 */
export const withFetched = (tree: readonly TreeEntry[], fetched: readonly FetchedFile[]): TreeEntry[] =>
  overlay(
    tree,
    fetched.map(({ path, size, sha256 }) => ({
      ...({ type: 'file', path, mode: INPUT_MODE, size, sha256 } as const),
      source: { kind: 'input', id: `${FETCHED}${sha256}` },
      protected: true,
      private: true,
    })),
  );

/** Lays one tree over another: where they conflict, the upper one counts. */
function overlay(lower: readonly TreeEntry[], upper: readonly TreeEntry[]): TreeEntry[] {
  const taken = new Set(upper.filter(({ type }) => type !== 'folder').map(({ path }) => path));
  const folders = new Set(upper.flatMap(({ path }) => foldersAbove(path)));
  const fits = ({ path, type }: TreeEntry) =>
    !taken.has(path) &&
    (type === 'folder' || !folders.has(path)) &&
    !foldersAbove(path).some((folder) => taken.has(folder));
  const tree = new Map([...lower.filter(fits), ...upper].map((entry) => [entry.path, entry]));
  return sorted(tree.values());
}

/**
 * Folders that scripts expect to exist: the parents of outputs, or the outputs that are folders themselves, except
 * those that are links in the tree or are reached through one.
 */
export function foldersOf(plan: RunPlan, step: PlannedStep, tree: readonly TreeEntry[] = []): string[] {
  const files = [...step.outputs, ...keptPaths(plan.outputs, plan.resultFile)];
  const folders = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf('/'))));
  const links = tree.flatMap(({ type, path }) => (type === 'link' ? [path] : []));
  const isPlain = (folder: string) => folder !== '' && !links.some((link) => covers(link, folder));
  return [...new Set(folders)].filter(isPlain).sort();
}

/** The last executed step of the wave before that of a step, and whether the step is the last of all. */
export function neighbours(steps: readonly PlannedStep[], step: PlannedStep) {
  return {
    before: waveBefore(steps, step).at(-1),
    isLast: !steps.some(({ index, skipped }) => index > step.index && !skipped),
  };
}

/** Sorts parents before what is below them. */
const sorted = (entries: Iterable<TreeEntry>): TreeEntry[] =>
  [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
