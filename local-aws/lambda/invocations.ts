import { randomUUID } from 'node:crypto';
import { createInFlight } from '../in-flight.ts';
import { InvokeError } from './errors.ts';
import type { FunctionHost } from './function-host.ts';
import { type AccountRegion, invokedArn, plainFunctionName, unknownFunction } from './function-name.ts';
import type { FunctionCall } from './handler-call.ts';
import { encodeEvent } from './payload.ts';

const CLOSE_GRACE_MS = 5_000;

export interface InvocationOptions extends AccountRegion {
  /** How long `close` waits for running functions in milliseconds; 5 seconds by default. */
  readonly closeGraceMs?: number;
}

/** The runtime of one function. */
export interface FunctionRuntime {
  /**
   * Runs the function once.
   *
   * @returns its result as JSON text
   * @throws FunctionError when it failed or timed out
   */
  run(call: FunctionCall): Promise<string>;
  /** Ends running invocations and releases all resources; no-op by default. */
  end?(): Promise<void>;
}

/** Implements Lambda's Invoke API for runtimes: names, events, limits and closing. */
export function hostFunctions(
  options: InvocationOptions,
  runtimes: ReadonlyMap<string, FunctionRuntime>,
): FunctionHost {
  const inFlight = createInFlight();
  let closed = false;

  const find = (given: string) => {
    if (closed) throw new InvokeError('ServiceException', 'the functions are shutting down');
    const name = plainFunctionName(given, options);
    const runtime = runtimes.get(name);
    if (!runtime) throw unknownFunction(given);
    return { runtime, arn: invokedArn(given, name, options) };
  };

  return {
    async invoke(name, event, signal) {
      const text = encodeEvent(event);
      const { runtime, arn } = find(name);
      const response = runtime.run({ requestId: randomUUID(), arn, event: text, signal });
      inFlight.track(response);
      return JSON.parse(await response);
    },
    async close() {
      closed = true;
      await inFlight.settled(options.closeGraceMs ?? CLOSE_GRACE_MS);
      await Promise.all([...runtimes.values()].map((runtime) => runtime.end?.()));
    },
  };
}
