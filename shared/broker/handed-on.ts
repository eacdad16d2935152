import type { PlannedStep } from '../engine/run-plan.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { TreeEntry } from '../staging/protocol.ts';
import { type HandOver, refusedPlace } from '../template/static-paths.ts';

/**
 * What goes on to the next step of what a step leaves. From one step that a participant brings to the next all of it
 * does, for both are the participant's; a step of the organiser gets what is declared for any of them.
 */
export function handOverAfter(
  { plan, closed, declared }: Pick<RunDocument, 'plan' | 'closed' | 'declared'>,
  step: PlannedStep,
): HandOver {
  const next = plan.steps.find(({ index, skipped }) => index > step.index && !skipped);
  const isCut = step.leaves !== undefined && next?.leaves === undefined;
  const leaves = isCut ? participantsSteps(plan.steps, step).flatMap((one) => one.leaves ?? []) : null;
  return { closed, declared, leaves };
}

/** The steps that a participant brings and that end with this one, without a step of the organiser between them. */
export function participantsSteps(steps: readonly PlannedStep[], last: PlannedStep): PlannedStep[] {
  const executed = steps.filter(({ index, skipped }) => index <= last.index && !skipped);
  return executed.slice(executed.findLastIndex(({ leaves }) => leaves === undefined) + 1);
}

/**
 * What goes on of a tree that a step has left. The staging program drops the rest, and warns of it; it is dropped here
 * because its manifest comes from a task that a participant's program may run in.
 *
 * @param before the tree that stays where only declared outputs go on: as it was before the participant's steps.
 *   Otherwise what lay there before the first step: that it may has been decided when the run started.
 */
export function handedOn(
  left: readonly TreeEntry[],
  before: readonly TreeEntry[],
  handOver: HandOver,
): TreeEntry[] {
  const known = new Set(before.map(({ path }) => path));
  const goesOn = (entry: TreeEntry) =>
    refusedPlace(handOver, entry.path, entry.type === 'link' ? entry.target : undefined) === undefined;
  if (handOver.leaves === null) {
    return left.filter((entry) => goesOn(entry) || known.has(entry.path)).map(unprotected);
  }
  return [...before.filter((entry) => !goesOn(entry)), ...left.filter(goesOn).map(unprotected)];
}

/** Only static files are protected, and a step cannot make one. */
const unprotected = (entry: TreeEntry): TreeEntry =>
  entry.type === 'file' ? { ...entry, protected: false } : entry;
