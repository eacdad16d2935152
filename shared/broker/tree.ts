import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { TreeEntry } from '../staging/protocol.ts';
import { givesWay } from '../template/static-paths.ts';
import type { StaticFile } from '../workflows/version.ts';

/** Uploads and inputs are readable files; scripts among the static files keep the mode they were installed with. */
const INPUT_MODE = 0o644;

/**
 * The run tree before the first step: the static template files, then copies of static files, then the
 * run's own inputs. A file's source names its place in the version's or the run's list. Static files are
 * protected, unless the template declares them as outputs; an input takes the place of a protected one only
 * where its parameter declares that path.
 */
export function firstTree(files: readonly StaticFile[], document: RunDocument): TreeEntry[] {
  const { plan, inputs } = document;
  const tree = new Map<string, TreeEntry>();
  const released = new Set(document.released);
  for (const [index, { path, mode, size, sha256 }] of files.entries()) {
    const source = { kind: 'input', id: `s${index}` } as const;
    tree.set(path, { type: 'file', path, mode, size, sha256, source, protected: !released.has(path) });
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
 * installed.
 */
export function nextTree(left: readonly TreeEntry[], first: readonly TreeEntry[]): TreeEntry[] {
  const tree = new Map(left.map((entry) => [entry.path, entry]));
  for (const entry of first) {
    if (entry.type === 'file' && entry.protected) tree.set(entry.path, entry);
  }
  return sorted(tree.values());
}

/** Folders that scripts expect to exist: the parents of outputs, or the outputs that are folders themselves. */
export function foldersOf(plan: RunPlan, step: PlannedStep): string[] {
  const files = [...step.outputs, ...plan.outputs, ...(plan.resultFile === null ? [] : [plan.resultFile])];
  const folders = files.map((file) => file.slice(0, Math.max(0, file.lastIndexOf('/'))));
  return [...new Set(folders)].filter((folder) => folder !== '').sort();
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
