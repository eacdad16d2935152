import { followLinks } from '../documents/follow-links.ts';
import { foldersAbove } from '../documents/relative-path.ts';
import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { FileEntry, TreeEntry } from '../staging/protocol.ts';
import { isPrivate, pathsByAccess } from '../template/file-access.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import { givesWay, privateSurroundings } from '../template/static-paths.ts';
import type { StaticFile } from '../workflows/version.ts';

/** Uploads and inputs are readable files; scripts among the static files keep the mode they were installed with. */
const INPUT_MODE = 0o644;

/**
 * The run tree before the first step: the static template files, then copies of static files, then the
 * run's own inputs. A file's source names its place in the version's or the run's list. Static files are
 * protected, unless the template declares them as outputs; an input takes the place of a protected one only
 * where its parameter declares that path.
 *
 * @param withPrivate whether the step gets the private static files; for others it is as if there were none
 */
export function firstTree(
  files: readonly StaticFile[],
  document: RunDocument,
  withPrivate: boolean,
): TreeEntry[] {
  const { plan, inputs } = document;
  const tree = new Map<string, TreeEntry>();
  const released = new Set(document.released);
  for (const [index, file] of files.entries()) {
    if (isPrivate(file) && !withPrivate) continue;
    const { path, mode, size, sha256 } = file;
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
 * The run tree before a later step: what the step before has left, with the protected files as they were
 * installed. Private ones are laid out each time, since no step hands them on.
 */
export function nextTree(left: readonly TreeEntry[], first: readonly TreeEntry[]): TreeEntry[] {
  return overlay(
    left,
    first.filter((entry) => entry.type === 'file' && (entry.protected || entry.private === true)),
  );
}

/**
 * What a participant's step gets of the tree that a step with private files has left: the tree as it would have been
 * for the participant before that step, with the outputs that the step or the workflow declares. All else that the
 * step has left may tell of private files, as may what it has removed.
 *
 * @param outputs declared paths
 */
export function shownTree(
  left: readonly TreeEntry[],
  earlier: readonly TreeEntry[],
  outputs: readonly string[],
): TreeEntry[] {
  const isOutput = ({ path }: TreeEntry) => outputs.some((output) => covers(output, path));
  // Links stay, since the staging program may have removed one because of where it leads.
  return overlay(
    earlier.filter((entry) => entry.type === 'link' || !isOutput(entry)),
    left.filter(isOutput),
  );
}

/**
 * What a step with private files gets of the tree before it: nothing that was put beside them and is not declared,
 * which could be taken for code or data of the organiser's.
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
 * The tree that a participant's step has left, with a copy of the file in place of each link to one, and without other
 * links: a step with private files would write through them to where the participant reads.
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
 * The tree that a step of the organiser has left, with copies of the files in place of links to them at and above the
 * places of what the organiser's steps make: whoever could change the file behind such a link would change that too.
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
  /** Where a path leads; undefined when that is outside, or the links go round in circles. */
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

/** One tree laid over another: where they do not go together, the upper one counts. */
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
 * Folders that scripts expect to exist: the parents of outputs, or the outputs that are folders themselves; but for those
 * that are links in the tree, or lie behind one.
 */
export function foldersOf(plan: RunPlan, step: PlannedStep, tree: readonly TreeEntry[] = []): string[] {
  const files = [...step.outputs, ...keptPaths(plan.outputs, plan.resultFile)];
  const folders = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf('/'))));
  const links = tree.flatMap(({ type, path }) => (type === 'link' ? [path] : []));
  const isPlain = (folder: string) => folder !== '' && !links.some((link) => covers(link, folder));
  return [...new Set(folders)].filter(isPlain).sort();
}

/** The executed step before this one, and whether one comes after it. */
export function neighbours(steps: readonly PlannedStep[], index: number) {
  const executed = steps.filter(({ skipped }) => !skipped);
  return {
    before: executed.findLast((step) => step.index < index),
    isLast: !executed.some((step) => step.index > index),
  };
}

/** Parents come before what is below them. */
const sorted = (entries: Iterable<TreeEntry>): TreeEntry[] =>
  [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
