import * as z from 'zod';
import type { StepOutcome, StoppedTask } from '../../engine/next-step-protocol.ts';

const container = z.object({
  Name: z.string(),
  ExitCode: z.int().optional(),
  ImageDigest: z.string().optional(),
  Reason: z.string().optional(),
});
/** What of a task's description is read here (Amazon ECS API reference, Task). */
const description = z.object({
  TaskArn: z.string().default(''),
  StopCode: z.string().default(''),
  StoppedReason: z.string().default(''),
  Containers: z.array(container).default([]),
});

/**
 * How the task ended. Where Step Functions takes the end of a task for an error, such as one that could not start, the
 * error's cause is the description of the task, and is read as such (AWS Step Functions, "Run Amazon ECS tasks").
 */
export function endedTask({ task, error }: StepOutcome): StoppedTask | undefined {
  if (task || error?.name !== 'States.TaskFailed') return task;
  const { data } = description.safeParse(parse(error.cause));
  if (!data) return undefined;
  const step = data.Containers.find(({ Name }) => Name === 'step');
  return {
    taskArn: data.TaskArn,
    stopCode: data.StopCode,
    stoppedReason: data.StoppedReason,
    exitCode: step?.ExitCode ?? -1,
    imageDigest: step?.ImageDigest ?? '',
    reason: step?.Reason ?? '',
  };
}

/** Undefined for what is no JSON: the state machine cuts a cause that is too long. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the container service says of a task's end, without a sentence that it says twice. */
export function reasonsOf({ reason, stoppedReason }: StoppedTask): string {
  const reasons = [reason ?? '', stoppedReason].filter((text) => text !== '');
  return reasons
    .filter((text, index) => !reasons.some((other, at) => at < index && text.includes(other)))
    .join('; ');
}

/** Codes of a task that was stopped while its containers ran (Amazon ECS API reference, Task, `stopCode`). */
const STOPS = ['UserInitiated', 'ServiceSchedulerInitiated', 'SpotInterruption', 'TerminationNotice'];

/**
 * Whether the task was stopped from outside. The exit code is that of the stop then: a step dies of SIGTERM, often before
 * the warden has heard of it.
 */
export const wasStopped = ({ stopCode }: StoppedTask): boolean => STOPS.includes(stopCode);

/**
 * Whether somebody of the account has stopped the task. AWS retires hosts of its own accord; which code it gives to tasks
 * that belong to no service is not documented, but what it says is (AWS Fargate, "Task retirement and maintenance").
 * Runs that are cancelled are not asked about: their executions are stopped first.
 */
export const wasStoppedByOperator = ({ stopCode, stoppedReason }: StoppedTask): boolean =>
  stopCode === 'UserInitiated' && !/performing maintenance on the underlying/i.test(stoppedReason);
