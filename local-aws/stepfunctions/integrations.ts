/**
 * What Step Functions needs of the services that its Task states call. The local Lambda and ECS implement
 * it; nothing else of them is known here.
 */
export interface Integrations {
  /**
   * Invokes a function and waits for its answer (`lambda:invoke`).
   *
   * @param functionName name or ARN, with or without a qualifier, as the definition gives it.
   * @param payload any JSON value.
   * @param signal aborts when the state timed out, the execution was stopped or the service closes; the
   *   result is not read afterwards.
   * @returns the function's answer, any JSON value; undefined counts as null.
   * @throws an error with `errorType`, `errorMessage` and `trace` when the function failed, as Lambda
   *   reports it (Lambda developer guide, "Lambda function errors in Node.js"). Any other error is the
   *   service's: its `name` becomes `Lambda.<name>`, e.g. `TooManyRequestsException`.
   */
  invokeFunction(functionName: string, payload: unknown, signal: AbortSignal): Promise<unknown>;

  /**
   * Starts one task (`ecs:runTask.sync`).
   *
   * @param taskArguments RunTask's request with PascalCase names.
   * @param idempotencyToken at most 64 characters; the same token must answer with the same task, also
   *   after a restart, since a crash can fall between the start and our note of it.
   * @throws an error whose `name` becomes `ECS.<name>`, e.g. `ThrottlingException`; one that is named
   *   `AmazonECS.Unknown` when RunTask answered with failures, and keeps that name.
   */
  startTask(taskArguments: unknown, idempotencyToken: string): Promise<{ readonly taskArn: string }>;

  /**
   * Waits until a task is STOPPED, also one that stopped earlier or was started before a restart.
   *
   * @returns the Task object as DescribeTasks gives it, with PascalCase names.
   * @throws an error whose `name` becomes `ECS.<name>`.
   */
  waitForTask(taskArn: string, signal: AbortSignal): Promise<unknown>;

  /**
   * Names of the containers that the task definition marks as essential (also those that do not say, for
   * `true` is the default). Only their exit codes decide whether `runTask.sync` fails, and a Task object
   * does not tell.
   */
  essentialContainers(taskDefinitionArn: string): Promise<readonly string[]>;

  /** Asks a task to stop, best effort; the result of a stopped task is not read. */
  stopTask(taskArn: string, reason: string): Promise<void>;
}
