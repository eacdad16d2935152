import { randomUUID } from 'node:crypto';
import { createInFlight } from '../in-flight.ts';
import { InvokeError } from './errors.ts';
import type { FunctionHost } from './function-host.ts';
import { type FunctionPlace, invokedArn, plainFunctionName, unknownFunction } from './function-name.ts';
import type { FunctionCall } from './handler-call.ts';
import { encodeEvent, MAX_ASYNC_EVENT_BYTES, MAX_EVENT_BYTES } from './payload.ts';

/** One minute before the first retry, two before the second (Lambda Developer Guide, "Asynchronous invocation"). */
const ASYNC_RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000];
const CLOSE_GRACE_MS = 5_000;

export interface InvocationOptions extends FunctionPlace {
  /** Waits between the attempts of an asynchronous invocation in milliseconds; a minute, then two by default. */
  readonly asyncRetryDelaysMs?: readonly number[];
  /** Told of an asynchronous event that is given up after its last attempt; nobody by default. */
  readonly onAsyncFailure?: (name: string, event: unknown, error: unknown) => void;
  /** How long `close` waits for running functions in milliseconds; 5 seconds by default. */
  readonly closeGraceMs?: number;
}

/** Where one function runs, in whatever form. */
export interface FunctionRuntime {
  /**
   * Runs the function once.
   *
   * @returns its answer as JSON text
   * @throws FunctionError when it failed or ran out of time
   */
  run(call: FunctionCall): Promise<string>;
  /** Ends what still runs and frees what it holds; nothing by default. */
  end?(): Promise<void>;
}

/** Lambda's Invoke API in front of functions: names, events, limits, both invocation types and closing. */
export function hostFunctions(
  options: InvocationOptions,
  runtimes: ReadonlyMap<string, FunctionRuntime>,
): FunctionHost {
  const inFlight = createInFlight();
  const waiting = new Set<NodeJS.Timeout>();
  const delays = options.asyncRetryDelaysMs ?? ASYNC_RETRY_DELAYS_MS;
  let closed = false;

  const find = (given: string) => {
    if (closed) throw new InvokeError('ServiceException', 'the functions are shutting down');
    const name = plainFunctionName(given, options);
    const runtime = runtimes.get(name);
    if (!runtime) throw unknownFunction(given);
    return { runtime, arn: invokedArn(given, name, options) };
  };
  const start = (name: string, event: string, requestId: string) => {
    const { runtime, arn } = find(name);
    const answer = runtime.run({ requestId, arn, event });
    inFlight.track(answer);
    return answer;
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
      return JSON.parse(await start(name, encodeEvent(event, MAX_EVENT_BYTES), randomUUID()));
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
      await Promise.all([...runtimes.values()].map((runtime) => runtime.end?.()));
    },
  };
}
