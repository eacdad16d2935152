import type { PlannedStep } from '../engine/run-plan.ts';
import { waveOf } from '../engine/waves.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import type { TreeEntry } from '../staging/protocol.ts';
import { belongsToOthers, dropReason, FREE_HAND_OVER, type HandOver } from '../template/static-paths.ts';

/**
 * Which of the files that a step leaves reach the next step or, after the last step, are kept. Between two
 * consecutive steps of the participant all files do, as both steps are the participant's; a step of the organiser
 * gets only what is declared for any of the participant's steps before it. Outputs of the organiser's steps stay
 * unchanged in each case. The steps of a wave, which have the same trust, have the same rules.
 */
export function handOverAfter(
  { plan, closed, declared }: Pick<RunDocument, 'plan' | 'closed' | 'declared'>,
  member: PlannedStep,
): HandOver {
  const step = waveOf(plan.steps, member).at(-1) ?? member;
  const next = plan.steps.find(({ index, skipped }) => index > step.index && !skipped);
  const steps = step.leaves === undefined ? [] : participantsSteps(plan.steps, step);
  const others = [...new Set(steps.flatMap((one) => one.others ?? []))];
  if (next === undefined) return { ...FREE_HAND_OVER, others };
  const isOwn = steps.length > 0 && next.leaves !== undefined;
  if (isOwn) return { ...FREE_HAND_OVER, declared, others };
  return {
    closed,
    declared,
    leaves: steps.length > 0 ? steps.flatMap((one) => one.leaves ?? []) : null,
    others,
  };
}

/** The steps of the participant that end with this one, without a step of the organiser between them. */
export function participantsSteps(steps: readonly PlannedStep[], last: PlannedStep): PlannedStep[] {
  const executed = steps.filter(({ index, skipped }) => index <= last.index && !skipped);
  return executed.slice(executed.findLastIndex(({ leaves }) => leaves === undefined) + 1);
}

/**
 * Returns the entries that the next step gets of a tree that a step left. The staging program drops the others too,
 * with warnings; they are dropped here because its manifest comes from a task that a participant's program may run
 * in.
 *
 * @param before the tree before the consecutive steps of the participant that end with this one, or before the run.
 * @param first the tree before the run: the locations of its files were checked when the run started.
 */
export function handedOn(
  left: readonly TreeEntry[],
  before: readonly TreeEntry[],
  first: readonly TreeEntry[],
  handOver: HandOver,
): TreeEntry[] {
  const known = new Set(first.map(({ path }) => path));
  const isFree = (entry: TreeEntry) =>
    dropReason(handOver, entry.path, entry.type === 'link' ? entry.target : undefined) === undefined;
  const goesOn = (entry: TreeEntry) => isFree(entry) || (handOver.leaves === null && known.has(entry.path));
  const stays = before.filter((entry) =>
    handOver.leaves === null ? belongsToOthers(handOver, entry.path) : !goesOn(entry),
  );
  const kept = new Set(stays.map(({ path }) => path));
  return [...stays, ...left.filter((entry) => goesOn(entry) && !kept.has(entry.path)).map(unprotected)];
}

/** Only static files are protected, and a step cannot make one. */
const unprotected = (entry: TreeEntry): TreeEntry =>
  entry.type === 'file' ? { ...entry, protected: false } : entry;
