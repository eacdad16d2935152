import type { FunctionHost, LambdaFunction } from './function-host.ts';
import { callHandler, type Handler } from './handler-call.ts';
import { type FunctionRuntime, hostFunctions, type InvocationOptions } from './invocations.ts';
import { logStreamName } from './log-stream.ts';
import { withinTime } from './time-limit.ts';

export interface InProcessOptions extends InvocationOptions {
  /** The functions by name. */
  readonly functions: Readonly<Record<string, LambdaFunction>>;
}

/**
 * Runs handlers in this process: without cold starts, and with one debugger for all functions. Events, results, limits
 * and errors are the same as on Lambda. Differences: invocations share module state, memory is not limited, and a
 * handler that timed out cannot be killed; its late result is dropped.
 */
export function createInProcessFunctions(options: InProcessOptions): FunctionHost {
  const runtimes = Object.entries(options.functions).map(
    ([name, definition]) => [name, inProcessRuntime(name, definition)] as const,
  );
  return hostFunctions(options, new Map(runtimes));
}

function inProcessRuntime(name: string, definition: LambdaFunction): FunctionRuntime {
  const { memoryMb, timeoutSeconds } = definition;
  const identity = { name, memoryMb, logStreamName: logStreamName() };
  return {
    run(call) {
      const limitMs = timeoutSeconds * 1000;
      const handler: Handler = (event, context) => definition.handler(event, context);
      const response = callHandler(handler, identity, call, Date.now() + limitMs);
      return withinTime(response, limitMs, call.requestId, timeoutSeconds);
    },
  };
}
