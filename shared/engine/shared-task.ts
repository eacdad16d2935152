import { type PlannedStep, plannedSize } from './run-plan.ts';
import { MAX_STEPS_OF_TASK } from './step-container.ts';
import { neededResults } from './step-values.ts';
import { usesVolumes } from './step-volumes.ts';

/** Steps that one task runs. */
interface StepsOfTask {
  /** Indexes in order, the given step first. */
  readonly indexes: readonly number[];
  /**
   * Number of steps of the task definition. It is larger than the number of indexes if a task repeats the end of an
   * earlier one: a definition for fewer steps might not be registered yet, and the others simply never begin.
   */
  readonly size: number;
}

/**
 * Returns the steps that a task runs from a given step on: those that directly follow it and share its task. The start
 * of a task is what a run on AWS waits for.
 *
 * @param index of a step that is not skipped
 * @param limit maximum number of steps
 */
export function stepsOfTask(
  steps: readonly PlannedStep[],
  index: number,
  limit: number = MAX_STEPS_OF_TASK,
): StepsOfTask {
  const executed = steps.filter(({ skipped }) => !skipped);
  const task = tasksOf(executed, limit).find((members) => members.some((step) => step.index === index)) ?? [];
  const indexes = task.map((step) => step.index).filter((member) => member >= index);
  return { indexes: indexes.length > 0 ? indexes : [index], size: Math.max(1, task.length) };
}

/** What decides which steps share a task. */
export type SharingStep = Pick<
  PlannedStep,
  | 'participantCode'
  | 'cache'
  | 'gpu'
  | 'image'
  | 'ownImage'
  | 'architecture'
  | 'network'
  | 'spot'
  | 'size'
  | 'results'
  | 'call'
  | 'wave'
  | 'volume'
  | 'fetches'
>;

/** Divides executed steps into the tasks that run them. The steps of a wave of several have a task each. */
export function tasksOf<Step extends SharingStep>(
  steps: readonly Step[],
  limit: number = MAX_STEPS_OF_TASK,
): readonly (readonly Step[])[] {
  const tasks: Step[][] = [];
  const sizes = Map.groupBy(steps, ({ wave }) => wave);
  const isAlone = ({ wave }: Step) => wave === undefined || sizes.get(wave)?.length === 1;
  for (const step of steps) {
    const last = tasks.at(-1);
    const [begin] = last ?? [];
    const goesOn = last && begin && last.length < limit && isAlone(begin) && isAlone(step);
    if (goesOn && follows(step, begin)) last.push(step);
    else tasks.push([step]);
  }
  return tasks;
}

const follows = (step: SharingStep, begin: SharingStep): boolean =>
  sharesTask(begin) && sharesTask(step) && isReadyEarly(step) && isAlike(begin, step);

/**
 * Whether a step may share a task at all. No participant's code may run in any step of a shared task. So all of its
 * steps see private files or none does, and no step of a participant, whose code could attack the others, is one of
 * them. A cached step may need no task, and an instance has one GPU, which a container of a task keeps. Files are copied
 * from and to storage volumes before and after a task.
 */
const sharesTask = (step: SharingStep): boolean =>
  !step.participantCode && !step.cache && !step.gpu && !usesVolumes(step);

/** Whether `next-step` need not check results of earlier steps before the step starts. */
const isReadyEarly = (step: SharingStep): boolean => neededResults(step).length === 0;

/** Whether two steps need the same task: the same image with the same logins, and the same size and network. */
function isAlike(a: SharingStep, b: SharingStep): boolean {
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
