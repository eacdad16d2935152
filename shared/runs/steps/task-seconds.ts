import { costOf } from '../../costs/step-price.ts';
import { type PlannedStep, plannedSize } from '../../engine/run-plan.ts';
import type { StepRecord } from './record.ts';

/** AWS charges at least a minute for a task. */
const MIN_TASK_SECONDS = 60;

type TaskSeconds = NonNullable<StepRecord['taskSeconds']>;

/** What the tasks of a run took, and what they cost. */
export interface TaskUse {
  /** Whole seconds. */
  readonly taskSeconds: number;
  /** Whole seconds of one vCPU. */
  readonly vcpuSeconds: number;
  /** Micro-dollars. */
  readonly micros: number;
}

/**
 * Adds the task of an attempt that just ended to the record of its step. A task that the container service did not start
 * takes no time.
 *
 * @param error of the container service
 * @param position of the step in its task; the first one is charged the shortest time of a task
 */
export function addTask(
  record: StepRecord,
  error: { readonly name: string } | undefined,
  position: number,
): StepRecord {
  const began = error === undefined || error.name === 'States.Timeout' || record.taskArn !== undefined;
  return began
    ? { ...record, taskSeconds: withTask(record, record.finishedAt ?? record.startedAt, position === 0) }
    : record;
}

/** The seconds of all tasks of a record, with one that lasted until a time. */
function withTask(
  { startedAt, taskSeconds = { onDemand: 0, spot: 0 }, spot = false }: StepRecord,
  until: string,
  isFirst: boolean,
): TaskSeconds {
  const lasted = Math.max(0, Math.ceil((Date.parse(until) - Date.parse(startedAt)) / 1000));
  const seconds = Math.max(isFirst ? MIN_TASK_SECONDS : 0, lasted);
  const { onDemand, spot: onSpot } = taskSeconds;
  return spot ? { onDemand, spot: onSpot + seconds } : { onDemand: onDemand + seconds, spot: onSpot };
}

/**
 * What the tasks of a run took: those of failed and repeated attempts too, and those that were stopped at the run's end.
 * A step that took recorded outputs had no task.
 *
 * @param endedAt time of the run's end; no record changes after it
 */
export function taskUse(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
  endedAt: string,
): TaskUse {
  const later = new Set(records.flatMap(({ following = [] }) => following));
  let use: TaskUse = { taskSeconds: 0, vcpuSeconds: 0, micros: 0 };
  for (const record of records) {
    const step = steps.find(({ index }) => index === record.index);
    const isOpen = record.state === 'running' && record.reuse?.from === undefined;
    const seconds = isOpen
      ? withTask(record, record.finishedAt ?? endedAt, !later.has(record.index))
      : record.taskSeconds;
    if (step && seconds) use = added(use, useOf(step, seconds));
  }
  return use;
}

function useOf(step: PlannedStep, { onDemand, spot }: TaskSeconds): TaskUse {
  const { price } = step;
  const micros = price ? costOf(price.onDemand, onDemand) + costOf(price.spot ?? price.onDemand, spot) : 0;
  const taskSeconds = onDemand + spot;
  return { taskSeconds, vcpuSeconds: Math.ceil(taskSeconds * plannedSize(step).cpu), micros };
}

const added = (a: TaskUse, b: TaskUse): TaskUse => ({
  taskSeconds: a.taskSeconds + b.taskSeconds,
  vcpuSeconds: a.vcpuSeconds + b.vcpuSeconds,
  micros: a.micros + b.micros,
});
