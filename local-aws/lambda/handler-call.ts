import { toFunctionError } from './errors.ts';
import type { LambdaContext } from './function-host.ts';
import { checkResultSize } from './payload.ts';

/** One invocation, as passed to a function's runtime. */
export interface FunctionCall {
  readonly requestId: string;
  /** The ARN of the function in its context. */
  readonly arn: string;
  /** The event as JSON text. */
  readonly event: string;
  /** Aborted when nobody waits for the result any more. */
  readonly signal?: AbortSignal | undefined;
}

/** The function that a runtime runs. */
export interface FunctionIdentity {
  readonly name: string;
  readonly memoryMb: number;
  readonly logStreamName: string;
}

export type Handler = (event: unknown, context: LambdaContext) => unknown;

/**
 * Calls a handler as Lambda's Node.js runtime does: parses the event from JSON, and converts the result to JSON.
 *
 * @param deadline milliseconds since the epoch
 * @returns the result as JSON text; undefined becomes `null`
 * @throws FunctionError when the handler failed, or returned a result that Lambda cannot send
 */
export async function callHandler(
  handler: Handler,
  identity: FunctionIdentity,
  call: FunctionCall,
  deadline: number,
): Promise<string> {
  const context = createContext(identity, call, deadline);
  let response: string;
  try {
    const result = await handler(JSON.parse(call.event), context);
    response = JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw toFunctionError(error);
  }
  return checkResultSize(response);
}

function createContext(identity: FunctionIdentity, call: FunctionCall, deadline: number): LambdaContext {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: identity.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: call.arn,
    memoryLimitInMB: String(identity.memoryMb),
    awsRequestId: call.requestId,
    logGroupName: `/aws/lambda/${identity.name}`,
    logStreamName: identity.logStreamName,
    ...(call.signal ? { signal: call.signal } : {}),
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}
