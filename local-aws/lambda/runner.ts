/**
 * The runtime of one function in a child process. The function host starts it with the path of the function's module.
 * It communicates with the host over the IPC channel of a forked process, and ends with the host. Import only small
 * modules here: every cold start waits for them.
 */
import { flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { FunctionError, toFunctionError } from './errors.ts';
import { callHandler, type FunctionIdentity, type Handler } from './handler-call.ts';
import type { RunnerCall, RunnerMessage } from './runner-protocol.ts';

const { env } = process;
// Node.js has read it; the function has only the variables of Lambda.
delete env.NODE_COMPILE_CACHE;
const identity: FunctionIdentity = {
  name: env.AWS_LAMBDA_FUNCTION_NAME ?? '',
  memoryMb: Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
  logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
};

/** The exit codes of Lambda's own runtime. */
const UNHANDLED_REJECTION = 128;
const UNCAUGHT_EXCEPTION = 129;

process.on('disconnect', () => process.exit());
process.on('uncaughtException', (error) => end(toFunctionError(error), UNCAUGHT_EXCEPTION));
process.on('unhandledRejection', (reason) => {
  const trace = reason instanceof Error ? (reason.stack?.split('\n') ?? []) : [];
  const error = new FunctionError('Runtime.UnhandledPromiseRejection', String(reason), trace, reason);
  end(error, UNHANDLED_REJECTION);
});

try {
  const handler = await load(process.argv[2] ?? '');
  process.on('message', (message) => {
    if (isCall(message)) void respondTo(message, handler);
  });
  report({ kind: 'ready' });
} catch (error) {
  end(importError(error), 1);
}

async function load(file: string): Promise<Handler> {
  const loaded: unknown = await import(pathToFileURL(file).href);
  const handler = typeof loaded === 'object' && loaded !== null && 'handler' in loaded && loaded.handler;
  if (typeof handler !== 'function') {
    throw new FunctionError('Runtime.HandlerNotFound', 'index.handler is undefined or not exported');
  }
  return (event, context) => Reflect.apply(handler, undefined, [event, context]);
}

/** A missing module has its own error name; an error of the function's code keeps its name. */
function importError(thrown: unknown): FunctionError {
  const error = toFunctionError(thrown);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return error;
  return new FunctionError('Runtime.ImportModuleError', `Error: ${error.message}`, error.trace, thrown);
}

let calls = 0;

async function respondTo(call: RunnerCall, handler: Handler): Promise<void> {
  try {
    report({ kind: 'response', response: await callHandler(handler, identity, call, call.deadline) });
  } catch (error) {
    report({ kind: 'error', error: documentOf(toFunctionError(error)) });
  }
  calls += 1;
  // After the first call, most of the code is compiled. A process that the host kills would not write it.
  if (calls === 1) flushCompileCache();
}

function report(message: RunnerMessage): void {
  process.send?.(message);
}

/** Reports an error and ends the process. */
function end(error: FunctionError, code: number): void {
  const message: RunnerMessage = { kind: 'fatal', error: documentOf(error) };
  process.send?.(message, undefined, undefined, () => process.exit(code));
}

function documentOf({ errorType, errorMessage, trace }: FunctionError) {
  return { errorType, errorMessage, trace: [...trace] };
}

function isCall(message: unknown): message is RunnerCall {
  return typeof message === 'object' && message !== null && 'event' in message && 'requestId' in message;
}
