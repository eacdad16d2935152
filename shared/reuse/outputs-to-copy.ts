import type { StepView } from '../broker/inputs.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import { executedNotebookId } from '../runs/executed-notebook.ts';
import { archiveFileId, type Run, runFileId } from '../runs/run.ts';
import type { FileEntry, StepManifest, StepStatus, TreeEntry } from '../staging/protocol.ts';
import { type Bucket, objectKeys } from '../volumes/keys.ts';

/** An attempt of a step of a run, as a location of objects. */
export interface StepLocation {
  readonly run: Pick<Run, 'id' | 'workflowId' | 'fileSecret'>;
  readonly document: Pick<RunDocument, 'plan'>;
  readonly step: number;
  readonly attempt: number;
}

/** An object that is copied. */
export interface Copy {
  readonly bucket: Bucket;
  readonly from: string;
  readonly to: string;
  /** Bytes, as the step reported them. */
  readonly size: number;
}

/**
 * The manifest of a reused step, with the sources of its own run: what the step did not change comes from the tree
 * that it started from, and new content from a copy.
 *
 * @param before the tree that the step starts from, the same as that of the recorded one
 * @returns the manifest and the new contents; undefined if it names content that neither run has
 */
export function reusedManifest(
  { entries }: StepManifest,
  before: readonly TreeEntry[],
): { readonly manifest: StepManifest; readonly contents: readonly FileEntry[] } | undefined {
  const present = new Map(before.map((entry) => [entry.path, entry]));
  const held = new Set(
    before.flatMap((entry) =>
      entry.type === 'file' && entry.source.kind === 'tree' ? [entry.source.id] : [],
    ),
  );
  const contents = new Map<string, FileEntry>();
  const own: TreeEntry[] = [];
  for (const entry of entries) {
    const old = present.get(entry.path);
    if (entry.type !== 'file') own.push(entry);
    else if (old?.type === 'file' && old.sha256 === entry.sha256) own.push({ ...entry, source: old.source });
    else if (entry.source.kind === 'tree' && entry.source.id === entry.sha256) {
      if (!held.has(entry.sha256)) contents.set(entry.sha256, entry);
      own.push(entry);
    } else return undefined;
  }
  return { manifest: { v: 1, entries: own }, contents: [...contents.values()] };
}

/** The objects that a reused step takes, besides its manifest and its report. */
export function copiesOf(
  source: StepLocation,
  target: StepLocation,
  keep: StepView['keep'],
  { outputs, result, archive }: StepStatus,
  contents: readonly FileEntry[],
): readonly Copy[] {
  const ofTree = contents.map(({ sha256, size }) => ({
    bucket: 'work' as const,
    from: objectKeys.treeFile(source.run.id, sha256),
    to: objectKeys.treeFile(target.run.id, sha256),
    size,
  }));
  const ofStep = (name: string, size: number): Copy => ({
    bucket: 'work',
    from: stepKey(source, name),
    to: stepKey(target, name),
    size,
  });
  const kept = (idIn: (location: StepLocation) => string, size: number): Copy => ({
    bucket: 'data',
    from: objectKeys.runFile(source.run.workflowId, source.run.id, idIn(source)),
    to: objectKeys.runFile(target.run.workflowId, target.run.id, idIn(target)),
    size,
  });
  return [
    ...ofTree,
    ...(keep.variable ? [ofStep('variable', 0)] : []),
    ...(result ? [ofStep('result', result.size)] : []),
    ...outputs.map(({ path, size }) => kept((location) => outputIdOf(location, path), size)),
    ...(archive ? [kept(({ run }) => archiveFileId(run.fileSecret), archive.size)] : []),
  ];
}

export const stepKey = ({ run, step, attempt }: StepLocation, name: string): string =>
  objectKeys.stepFile(run.id, step, attempt, name);

/** The identifier under which the broker lets a step store an output (`shared/broker/uploads.ts`). */
function outputIdOf({ run, document: { plan }, step }: StepLocation, path: string): string {
  const planned = plan.steps[step];
  return planned?.call?.executed === path
    ? executedNotebookId(run, plan, planned, path)
    : runFileId(run.fileSecret, path);
}
