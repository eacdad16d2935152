import type { PlannedStep } from '../engine/run-plan.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { TreeEntry } from '../staging/protocol.ts';
import { type HandOver, refusedPlace } from '../template/static-paths.ts';

/** What goes on to later steps of what a step leaves. */
export const handOverOf = (
  { closed, declared }: Pick<RunDocument, 'closed' | 'declared'>,
  { leaves }: PlannedStep,
): HandOver => ({ closed, declared, leaves: leaves ?? null });

/**
 * What goes on of a tree that a step has left. The staging program drops the rest, and warns of it; it is dropped here
 * because its manifest comes from a task that a participant's program may run in.
 *
 * @param laidOut the tree that the step started from. Of an organiser's step what lay there before the first step is
 *   enough: that it may lie there has been decided when the run started.
 */
export function handedOn(
  left: readonly TreeEntry[],
  laidOut: readonly TreeEntry[],
  handOver: HandOver,
): TreeEntry[] {
  const known = new Set(laidOut.map(({ path }) => path));
  const goesOn = (entry: TreeEntry) =>
    refusedPlace(handOver, entry.path, entry.type === 'link' ? entry.target : undefined) === undefined;
  if (handOver.leaves === null) return left.filter((entry) => goesOn(entry) || known.has(entry.path));
  return [...laidOut.filter((entry) => !goesOn(entry)), ...left.filter(goesOn).map(unprotected)];
}

/** Only static files are protected, and a step cannot make one. */
const unprotected = (entry: TreeEntry): TreeEntry =>
  entry.type === 'file' ? { ...entry, protected: false } : entry;
