/**
 * The services that Task states call. The local Lambda and ECS implement it; Step Functions uses nothing else of them.
 */
export interface Integrations {
  /**
   * Invokes a function and waits for its result (`lambda:invoke`).
   *
   * @param functionName name or ARN, with or without a qualifier, as in the definition.
   * @param payload any JSON value.
   * @param signal aborts when the state timed out, the execution was stopped or the service closes; the
   *   result is ignored afterwards.
   * @returns the function's result, any JSON value; undefined counts as null.
   * @throws an error with `errorType`, `errorMessage` and `trace` when the function failed, as Lambda
   *   reports it (Lambda developer guide, "Lambda function errors in Node.js"). Any other error is an error
   *   of the service: its `name` becomes `Lambda.<name>`, e.g. `TooManyRequestsException`.
   */
  invokeFunction(functionName: string, payload: unknown, signal: AbortSignal): Promise<unknown>;

  /**
   * Starts one task (`ecs:runTask.sync`).
   *
   * @param taskArguments RunTask's request with PascalCase names.
   * @param idempotencyToken at most 64 characters; the same token must return the same task, also after a
   *   restart, because a crash can occur after the start of the task and before its ARN is stored.
   * @throws an error whose `name` becomes `ECS.<name>`, e.g. `ThrottlingException`; an error with the name
   *   `AmazonECS.Unknown`, which is kept, when RunTask returned failures.
   */
  startTask(taskArguments: unknown, idempotencyToken: string): Promise<{ readonly taskArn: string }>;

  /**
   * Waits until a task is STOPPED. The task may have stopped earlier, or may have started before a restart.
   *
   * @returns the Task object as from DescribeTasks, with PascalCase names.
   * @throws an error whose `name` becomes `ECS.<name>`.
   */
  waitForTask(taskArn: string, signal: AbortSignal): Promise<unknown>;

  /**
   * Returns the names of the essential containers of a task definition (`true` is the default of `essential`). Only
   * their exit codes decide whether `runTask.sync` fails, and a Task object does not contain this information.
   */
  essentialContainers(taskDefinitionArn: string): Promise<readonly string[]>;

  /** Requests that a task stops, best effort; the result of a stopped task is ignored. */
  stopTask(taskArn: string, reason: string): Promise<void>;
}
