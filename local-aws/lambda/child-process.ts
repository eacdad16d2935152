import { fileURLToPath } from 'node:url';
import type { FunctionHost } from './function-host.ts';
import { startFunctionProcess } from './function-process.ts';
import { hostFunctions, type InvocationOptions } from './invocations.ts';
import type { BundledFunction } from './process-environment.ts';
import { createProcessPool } from './process-pool.ts';

const RUNNER = fileURLToPath(new URL('./runner.ts', import.meta.url));
/** Maximum number of processes per function; further invocations wait, since one host has few processors. */
const MAX_PROCESSES = 10;
const MAX_WAITING = 1_000;
/** How long an idle process is kept. Lambda keeps environments for minutes; the exact time is not documented. */
const IDLE_MS = 5 * 60_000;

export interface ChildProcessOptions extends InvocationOptions {
  /** The functions by name. */
  readonly functions: Readonly<Record<string, BundledFunction>>;
  /** Path of the program of each process, built from `runner.ts`; `runner.ts` itself by default. */
  readonly runner?: string;
  /**
   * Folder in which processes keep compiled code, so that later processes of the same function start faster; none by
   * default. The functions do not see it.
   */
  readonly compileCache?: string;
  /** Called for each line that a function writes to its standard output or error; no-op by default. */
  readonly onOutput?: (functionName: string, line: string) => void;
  /** Maximum number of processes of one function; 10 by default. Further invocations wait. */
  readonly maxProcesses?: number;
  /** Maximum number of waiting invocations of one function; 1,000 by default. Further ones are rejected. */
  readonly maxWaiting?: number;
  /** Time without an event after which a process is ended, in milliseconds; 5 minutes by default. */
  readonly idleMs?: number;
}

/**
 * Runs each function's bundle in child processes, as Lambda does: one event at a time per process, only the function's
 * own environment variables, its memory as the limit of the heap, and a kill at the timeout. A process that crashes
 * fails only its own invocation. Unlike on Lambda, an idle process is not frozen, and functions can use the user's
 * files and network.
 *
 * The child processes end with this process, however it ends.
 */
export function createChildProcessFunctions(options: ChildProcessOptions): FunctionHost {
  const runtimes = Object.entries(options.functions).map(([name, definition]) => {
    const pool = createProcessPool({
      start: () =>
        startFunctionProcess({
          name,
          definition,
          runner: options.runner ?? RUNNER,
          compileCache: options.compileCache,
          region: options.region,
          onOutput: (line) => options.onOutput?.(name, line),
        }),
      maxProcesses: options.maxProcesses ?? MAX_PROCESSES,
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
      idleMs: options.idleMs ?? IDLE_MS,
    });
    return [name, pool] as const;
  });
  return hostFunctions(options, new Map(runtimes));
}
