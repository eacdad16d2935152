/**
 * Runs Lambda functions. The gateway, the pollers and the state machines know functions only through this;
 * behind it the handlers run in this process or each in a process of its own.
 */
export interface FunctionHost {
  /**
   * Invokes a function and waits for its answer (invocation type RequestResponse).
   *
   * @param name function name or ARN, with or without a qualifier
   * @param event any JSON value; the function gets its own copy
   * @returns the answer as it comes out of JSON; undefined becomes null
   * @throws FunctionError when the function failed or ran out of time
   * @throws InvokeError when the invocation was refused: unknown function, event above 6 MB, too many waiting
   */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Takes no more invocations and waits a while for those that run. */
  close(): Promise<void>;
}

/** What the runtime tells a handler about its invocation (Lambda Developer Guide, "Node.js context object"). */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/** A function as it is deployed. */
export interface LambdaFunction {
  /** A method, so that handlers may declare the type of their own event. */
  handler(event: unknown, context: LambdaContext): unknown;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}
