import type { Task } from './task.ts';
import { eventTask } from './task-shape.ts';

/** The event that ECS sends for each change of a task; the bus adds id, time, account and region. */
export interface TaskStateChange {
  readonly source: 'aws.ecs';
  readonly 'detail-type': 'ECS Task State Change';
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Creates the event for the current state of a task (ECS developer guide, task state change events). */
export function taskStateChange(task: Task): TaskStateChange {
  return {
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    resources: [task.taskArn],
    detail: eventTask(task),
  };
}
