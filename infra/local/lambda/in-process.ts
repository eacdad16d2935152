import { randomBytes, randomUUID } from 'node:crypto';
import { createInFlight } from '../in-flight.ts';
import { FunctionError, InvokeError, toFunctionError } from './errors.ts';
import type { FunctionHost, LambdaContext, LambdaFunction } from './function-host.ts';
import { type FunctionPlace, invokedArn, plainFunctionName, unknownFunction } from './function-name.ts';

/** 6 MB, the largest event of a synchronous invocation (Lambda quotas). */
const MAX_EVENT_BYTES = 6_291_456;
/** 1 MB, the largest event of an asynchronous invocation (Lambda quotas). */
const MAX_ASYNC_EVENT_BYTES = 1_048_576;
/** 6 MB and 100 bytes, the largest answer; the number that Lambda's own message names. */
const MAX_RESULT_BYTES = 6_291_556;
/** One minute before the first retry, two before the second (Lambda Developer Guide, "Asynchronous invocation"). */
const ASYNC_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];
const CLOSE_GRACE_MS = 5_000;

export interface InProcessOptions extends FunctionPlace {
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  /** Waits between the attempts of an asynchronous invocation in milliseconds; a minute, then two by default. */
  readonly asyncRetryDelaysMs?: readonly number[];
  /** Told of an asynchronous event that is given up after its last attempt; nobody by default. */
  readonly onAsyncFailure?: (name: string, event: unknown, error: unknown) => void;
  /** How long `close` waits for running functions in milliseconds; 5 seconds by default. */
  readonly closeGraceMs?: number;
}

/**
 * Runs handlers in this process: no cold starts and one debugger for everything. Events, answers, limits and
 * errors are as Lambda's. Not so: several invocations share module state, memory is not capped, and a
 * handler that ran out of time cannot be killed; its late answer is dropped.
 */
export function inProcessFunctions(options: InProcessOptions): FunctionHost {
  const instances = new Map(
    Object.entries(options.functions).map(([name, definition]) => [name, createInstance(name, definition)]),
  );
  const inFlight = createInFlight();
  const waiting = new Set<NodeJS.Timeout>();
  const delays = options.asyncRetryDelaysMs ?? ASYNC_RETRY_DELAYS_MS;
  let closed = false;

  const find = (name: string) => {
    if (closed) throw new InvokeError('ServiceException', 'the functions are shutting down');
    const instance = instances.get(plainFunctionName(name, options));
    if (!instance) throw unknownFunction(name);
    return instance;
  };
  const start = (name: string, event: string, requestId: string) => {
    const instance = find(name);
    const result = run(instance, event, requestId, invokedArn(name, instance.name, options));
    inFlight.track(result);
    return result;
  };
  const attempt = (name: string, event: string, requestId: string, retries: readonly number[]) => {
    start(name, event, requestId).catch((error: unknown) => {
      const [delay, ...rest] = retries;
      if (delay === undefined || closed) {
        options.onAsyncFailure?.(name, JSON.parse(event), error);
        return;
      }
      const timer = setTimeout(() => {
        waiting.delete(timer);
        attempt(name, event, requestId, rest);
      }, delay).unref();
      waiting.add(timer);
    });
  };

  return {
    async invoke(name, event) {
      return start(name, encodeEvent(event, MAX_EVENT_BYTES), randomUUID());
    },
    invokeAsync(name, event) {
      find(name);
      attempt(name, encodeEvent(event, MAX_ASYNC_EVENT_BYTES), randomUUID(), delays);
    },
    async close() {
      closed = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
      await inFlight.settled(options.closeGraceMs ?? CLOSE_GRACE_MS);
    },
  };
}

interface Instance {
  readonly name: string;
  readonly definition: LambdaFunction;
  readonly logStreamName: string;
}

function createInstance(name: string, definition: LambdaFunction): Instance {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return { name, definition, logStreamName: `${day}/[$LATEST]${randomBytes(16).toString('hex')}` };
}

async function run(instance: Instance, event: string, requestId: string, arn: string): Promise<unknown> {
  const { definition } = instance;
  const deadline = performance.now() + definition.timeoutSeconds * 1000;
  const context = createContext(instance, requestId, arn, deadline);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const seconds = definition.timeoutSeconds.toFixed(2);
    const message = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
    timer = setTimeout(
      () => reject(new FunctionError('Sandbox.Timedout', message)),
      definition.timeoutSeconds * 1000,
    ).unref();
  });
  try {
    const answer = callHandler(definition, JSON.parse(event), context);
    return decodeResult(await Promise.race([answer, timeout]));
  } finally {
    clearTimeout(timer);
  }
}

async function callHandler(
  definition: LambdaFunction,
  event: unknown,
  context: LambdaContext,
): Promise<string> {
  try {
    const result = await definition.handler(event, context);
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw toFunctionError(error);
  }
}

function createContext(instance: Instance, requestId: string, arn: string, deadline: number): LambdaContext {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: instance.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(instance.definition.memoryMb),
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/${instance.name}`,
    logStreamName: instance.logStreamName,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

/** The event as it goes over the wire; the function reads its own copy. */
function encodeEvent(event: unknown, limit: number): string {
  let text: string;
  try {
    text = JSON.stringify(event) ?? '{}';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvokeError('InvalidRequestContentException', `Could not make JSON of the event: ${reason}`);
  }
  const size = Buffer.byteLength(text);
  if (size > limit) {
    throw new InvokeError(
      'RequestTooLargeException',
      `${size} byte payload is too large for this invocation type (limit ${limit} bytes)`,
    );
  }
  return text;
}

function decodeResult(text: string): unknown {
  const size = Buffer.byteLength(text);
  if (size > MAX_RESULT_BYTES) {
    throw new FunctionError(
      'Function.ResponseSizeTooLarge',
      `Response payload size (${size} bytes) exceeded maximum allowed payload size (${MAX_RESULT_BYTES} bytes).`,
    );
  }
  return JSON.parse(text);
}
