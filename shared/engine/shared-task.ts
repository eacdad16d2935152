import { type PlannedStep, plannedSize } from './run-plan.ts';
import { MAX_STEPS_OF_TASK } from './step-container.ts';
import { neededResults } from './step-values.ts';

/**
 * Returns the steps that one task runs: the given one, and those that directly follow it and may share its task. The
 * start of a task is what a run on AWS waits for.
 *
 * @param first index of a step that is not skipped
 * @param limit maximum number of steps
 * @returns indexes in order, the given one first
 */
export function stepsOfTask(
  steps: readonly PlannedStep[],
  first: number,
  limit: number = MAX_STEPS_OF_TASK,
): number[] {
  const executed = steps.filter(({ index, skipped }) => index >= first && !skipped);
  const [begin, ...later] = executed;
  if (!begin || !sharesTask(begin)) return [first];
  const end = later.findIndex((step) => !sharesTask(step) || !isReadyEarly(step) || !isAlike(begin, step));
  return executed.slice(0, end < 0 ? limit : Math.min(limit, end + 1)).map(({ index }) => index);
}

/**
 * Whether a step may share a task at all. No participant's code may run in any step of a shared task. So all of its
 * steps see private files or none does, and no step of a participant, whose code could attack the others, is one of
 * them. A cached step may need no task, and an instance has one GPU, which a container of a task keeps.
 */
const sharesTask = ({ participantCode, cache, gpu }: PlannedStep): boolean =>
  !participantCode && !cache && !gpu;

/** Whether `next-step` need not check results of earlier steps before the step starts. */
const isReadyEarly = (step: PlannedStep): boolean => neededResults(step).length === 0;

/** Whether two steps need the same task: the same image with the same logins, and the same size and network. */
function isAlike(a: PlannedStep, b: PlannedStep): boolean {
  const [one, other] = [plannedSize(a), plannedSize(b)];
  return (
    a.image === b.image &&
    a.ownImage === b.ownImage &&
    a.architecture === b.architecture &&
    a.network === b.network &&
    a.spot === b.spot &&
    one.cpu === other.cpu &&
    one.memory === other.memory &&
    one.disk === other.disk
  );
}
