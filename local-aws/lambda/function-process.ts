import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { killGroup } from '../ecs/process-group.ts';
import { FunctionError } from './errors.ts';
import type { FunctionCall } from './handler-call.ts';
import { eachLine } from './output-lines.ts';
import { type BundledFunction, processEnvironment } from './process-environment.ts';
import { type RunnerCall, type RunnerMessage, runnerMessage } from './runner-protocol.ts';
import { withinTime } from './time-limit.ts';

/** Loading the module may take 10 s, or the function's timeout if that is longer (Lambda, init phase). */
const INIT_TIMEOUT_MS = 10_000;
/**
 * Heap as a share of the function's memory, as in Lambda's runtime; buffers, code and the process itself use the rest.
 */
const HEAP_SHARE = 0.9;

/** A child process that runs one function, as Lambda's execution environment does. */
export interface FunctionProcess {
  /** Whether the process can receive another event. */
  usable(): boolean;
  /**
   * Runs the function once. The caller must wait for the result before the next call. The first call also waits until
   * the module is loaded. A function that timed out is killed.
   *
   * @returns the result as JSON text
   * @throws FunctionError when the function failed, timed out, crashed or could not be loaded
   */
  run(call: FunctionCall): Promise<string>;
  /** Kills the process, and resolves when it ended. */
  end(): Promise<void>;
}

interface FunctionProcessOptions {
  readonly name: string;
  readonly definition: BundledFunction;
  /** Path of the process's program, `runner.ts` or a build of it. */
  readonly runner: string;
  readonly compileCache: string | undefined;
  readonly region: string;
  /** Called for each line that the function writes to its standard output or error. */
  readonly onOutput: (line: string) => void;
}

/** Starts a process for a function. The process loads the function's module immediately. */
export function startFunctionProcess(options: FunctionProcessOptions): FunctionProcess {
  const { timeoutSeconds } = options.definition;
  const child = forkRunner(options);
  const loaded = Promise.withResolvers<void>();
  loaded.promise.catch(() => {});
  let pending: { readonly requestId: string; readonly response: PromiseWithResolvers<string> } | undefined;
  let exit: Exit | undefined;
  let usable = true;

  const ended = exitOf(child).then((how) => {
    exit = how;
    usable = false;
    pending?.response.reject(exitError(pending.requestId, how));
  });
  const take = (message: RunnerMessage) => {
    if (message.kind === 'ready') return loaded.resolve();
    if (message.kind === 'response') return pending?.response.resolve(message.response);
    const { errorType, errorMessage, trace } = message.error;
    const error = new FunctionError(errorType, errorMessage, trace);
    pending?.response.reject(error);
    if (message.kind === 'error') return;
    usable = false;
    loaded.reject(error);
  };
  child.on('message', (received) => {
    const message = runnerMessage.safeParse(received);
    if (message.success) take(message.data);
  });
  const kill = () => {
    usable = false;
    // After the exit, another process may have the same id.
    if (child.exitCode === null && child.signalCode === null) killProcess(child);
  };

  return {
    usable: () => usable,
    async run(call) {
      const { requestId } = call;
      if (exit) throw exitError(requestId, exit);
      const response = Promise.withResolvers<string>();
      pending = { requestId, response };
      const limitMs = timeoutSeconds * 1000;
      const initLimitMs = Math.max(INIT_TIMEOUT_MS, limitMs);
      try {
        const ready = Promise.race([loaded.promise, response.promise]);
        await withinTime(ready, initLimitMs, requestId, timeoutSeconds);
        const { signal: _, ...sent } = call;
        const message: RunnerCall = { ...sent, deadline: Date.now() + limitMs };
        // Ignores a closed channel: the exit of the process reports it.
        child.send(message, () => {});
        return await withinTime(response.promise, limitMs, requestId, timeoutSeconds);
      } catch (error) {
        if (error instanceof FunctionError && error.errorType === 'Sandbox.Timedout') kill();
        throw error;
      } finally {
        pending = undefined;
      }
    },
    async end() {
      kill();
      await ended;
    },
  };
}

function forkRunner(options: FunctionProcessOptions): ChildProcess {
  const { name, definition, runner, compileCache, region, onOutput } = options;
  const child = fork(runner, [definition.file], {
    cwd: dirname(definition.file),
    env: {
      ...processEnvironment(name, definition, region),
      // The runner removes it from the environment of the function.
      ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
    },
    execArgv: [`--max-old-space-size=${Math.floor(definition.memoryMb * HEAP_SHARE)}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Its own process group: Ctrl-C in a terminal reaches only the host, which waits for running functions.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) if (stream) eachLine(stream, onOutput);
  return child;
}

/** Kills a process and all processes that it started. */
function killProcess({ pid }: ChildProcess): void {
  if (pid !== undefined) killGroup(pid);
}

/** How a process ended: its exit code, or the signal that ended it. */
interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Resolves when a process ended and all of its messages were read. Kills the processes that it started, as at the end
 * of a Lambda sandbox.
 */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', () => killProcess(child));
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.on('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
}

const SIGNAL_TEXTS: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

/** Lambda's error for a runtime that ended during an invocation. */
function exitError(requestId: string, { code, signal }: Exit): FunctionError {
  const start = `RequestId: ${requestId} Error: Runtime exited`;
  if (signal) {
    const text = SIGNAL_TEXTS[signal] ?? signal;
    return new FunctionError('Runtime.ExitError', `${start} with error: signal: ${text}`);
  }
  const reason = code ? `with error: exit status ${code}` : 'without providing a reason';
  return new FunctionError('Runtime.ExitError', `${start} ${reason}`);
}
