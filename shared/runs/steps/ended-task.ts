import * as z from 'zod';
import { findJson } from '../../documents/json-value.ts';
import type { StepOutcome, StoppedTask } from '../../engine/next-step-protocol.ts';
import { stepContainerName } from '../../engine/step-container.ts';

const container = z.object({
  Name: z.string(),
  ExitCode: z.int().optional(),
  ImageDigest: z.string().optional(),
  Reason: z.string().optional(),
});
/** The part of a task's description that is read here (Amazon ECS API reference, Task). */
const description = z.object({
  TaskArn: z.string().default(''),
  StopCode: z.string().default(''),
  StoppedReason: z.string().default(''),
  Containers: z.array(container).default([]),
});

/**
 * How the task ended, and in it the container of the step at a position. When Step Functions reports the end of a task
 * as an error, such as one that could not start, the error's cause is the description of the task (AWS Step Functions,
 * "Run Amazon ECS tasks").
 */
export function endedTask(outcome: StepOutcome, position = 0): StoppedTask | undefined {
  const { task, error } = outcome;
  if (task) return position === 0 ? task : ofLater(task, position);
  if (error?.name !== 'States.TaskFailed') return undefined;
  // The state machine cuts a cause that is too long.
  const { data } = description.safeParse(findJson(error.cause));
  if (!data) return undefined;
  const step = data.Containers.find(({ Name }) => Name === stepContainerName(position));
  return {
    taskArn: data.TaskArn,
    stopCode: data.StopCode,
    stoppedReason: data.StoppedReason,
    exitCode: step?.ExitCode ?? -1,
    imageDigest: step?.ImageDigest ?? '',
    reason: step?.Reason ?? '',
  };
}

/** The steps of a task have the same image. */
function ofLater({ later = [], ...task }: StoppedTask, position: number): StoppedTask {
  const { exitCode, reason } = later[position - 1] ?? { exitCode: -1, reason: '' };
  return { ...task, exitCode, reason };
}

/** The container service's reasons for a task's end, without repeated sentences. */
export function reasonsOf({ reason, stoppedReason }: StoppedTask): string {
  const reasons = [reason ?? '', stoppedReason].filter((text) => text !== '');
  return reasons
    .filter((text, index) => !reasons.some((other, at) => at < index && text.includes(other)))
    .join('; ');
}

/** Codes of a task that was stopped while its containers ran (Amazon ECS API reference, Task, `stopCode`). */
const STOPS = ['UserInitiated', 'ServiceSchedulerInitiated', 'SpotInterruption', 'TerminationNotice'];

/**
 * Whether the task was stopped from outside. The exit code is then that of the stop: SIGTERM ends a step, often
 * before the warden learns of it.
 */
export const wasStopped = ({ stopCode }: StoppedTask): boolean => STOPS.includes(stopCode);

/**
 * Whether a person or program of the account stopped the task. AWS also retires hosts; the code for tasks without a
 * service is not documented, but the text of the reason is (AWS Fargate, "Task retirement and maintenance").
 * Cancelled runs do not get here: their executions are stopped first.
 */
export const wasStoppedByOperator = ({ stopCode, stoppedReason }: StoppedTask): boolean =>
  stopCode === 'UserInitiated' && !/performing maintenance on the underlying/i.test(stoppedReason);
