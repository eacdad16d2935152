/**
 * Runs Lambda functions. The gateway, the pollers and the state machines use functions only through this interface.
 * Its implementations run the handlers in this process or in child processes.
 */
export interface FunctionHost {
  /**
   * Invokes a function and waits for its result (invocation type RequestResponse).
   *
   * @param name function name or ARN, with or without a qualifier
   * @param event any JSON value; the function gets its own copy
   * @param signal aborted when nobody waits for the result any more. Handlers in this process find it in their context
   * @returns the result, parsed from JSON; undefined becomes null
   * @throws FunctionError when the function failed or timed out
   * @throws InvokeError when the invocation was rejected: unknown function, event above 6 MB, too many waiting
   */
  invoke(name: string, event: unknown, signal?: AbortSignal): Promise<unknown>;
  /** Rejects new invocations and waits a limited time for running ones. */
  close(): Promise<void>;
}

/** The context that the runtime passes to a handler (Lambda Developer Guide, "Node.js context object"). */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Not on Lambda: aborted when the caller is gone. */
  readonly signal?: AbortSignal;
  getRemainingTimeInMillis(): number;
}

/** A deployed function. */
export interface LambdaFunction {
  /** A method, so that a handler can declare a narrower type of its event. */
  handler(event: unknown, context: LambdaContext): unknown;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}
