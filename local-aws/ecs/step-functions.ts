import type { Arns } from './arns.ts';
import { findDefinition } from './definitions.ts';
import { clientError, invalidParameter, serverError } from './errors.ts';
import type { EcsStore } from './store.ts';
import { readTaskRequest } from './task-request.ts';
import type { TaskService } from './task-service.ts';
import { fromPascalCase, stepFunctionsTask } from './task-shape.ts';

/** The `startedBy` of tasks of real executions. */
const STARTED_BY = 'AWS Step Functions';
/** A separate scope, so that tokens of Step Functions cannot equal those of RunTask's callers. */
const TOKEN_SCOPE = 'states';

/** The calls of Step Functions for `ecs:runTask.sync`. */
export interface StepFunctionsCalls {
  /**
   * RunTask. The same token returns the same task, also after a restart.
   *
   * @param taskArguments input of RunTask with PascalCase names.
   * @throws an error whose name is the ECS exception, e.g. InvalidParameterException.
   */
  startTask(taskArguments: unknown, idempotencyToken: string): Promise<{ readonly taskArn: string }>;
  /**
   * Waits until a task is STOPPED. The task may have stopped in an earlier stack.
   *
   * @returns the Task with PascalCase names and times in milliseconds, as `ecs:runTask.sync` returns it.
   * @throws the signal's reason when it aborts first; InvalidParameterException for an unknown task.
   */
  waitForTask(taskArn: string, signal: AbortSignal): Promise<unknown>;
  /** Requests that a task stops, and does not wait for its end. */
  stopTask(taskArn: string, reason: string): Promise<void>;
  /** Returns the names of the essential containers of a task definition, which a Task object does not contain. */
  essentialContainers(taskDefinitionArn: string): Promise<readonly string[]>;
}

/** Creates the calls on the same task service that the SDK uses. */
export function stepFunctionsCalls(arns: Arns, store: EcsStore, tasks: TaskService): StepFunctionsCalls {
  return {
    async startTask(taskArguments, token) {
      const input = fromPascalCase(taskArguments);
      if (input === undefined) throw invalidParameter('names of arguments begin with a capital letter');
      const request = readTaskRequest(input);
      if (request.count !== 1) throw invalidParameter('Count must be 1');
      const task = tasks.run(request, STARTED_BY, { scope: TOKEN_SCOPE, token })[0];
      if (!task) throw serverError('no task was started');
      return { taskArn: task.taskArn };
    },
    waitForTask: async (taskArn, signal) => stepFunctionsTask(await tasks.wait(arns.taskId(taskArn), signal)),
    stopTask: async (taskArn, reason) => void tasks.stop(arns.taskId(taskArn), reason),
    async essentialContainers(taskDefinitionArn) {
      const stored = findDefinition(arns, store, taskDefinitionArn);
      if (!stored) throw clientError('TaskDefinition not found.');
      return stored.definition.containerDefinitions
        .filter(({ essential }) => essential)
        .map(({ name }) => name);
    },
  };
}
