import { fileURLToPath } from 'node:url';
import type { FunctionHost } from './function-host.ts';
import { startFunctionProcess } from './function-process.ts';
import { hostFunctions, type InvocationOptions } from './invocations.ts';
import type { BundledFunction } from './process-environment.ts';
import { createProcessPool } from './process-pool.ts';

const RUNNER = fileURLToPath(new URL('./runner.ts', import.meta.url));
/** A machine has fewer processors than a region; more invocations of one function wait. */
const MAX_PROCESSES = 10;
const MAX_WAITING = 1_000;
/** Lambda keeps an idle environment for some minutes; it does not say how long. */
const IDLE_MS = 5 * 60_000;

export interface ChildProcessOptions extends InvocationOptions {
  /** The functions by their names. */
  readonly functions: Readonly<Record<string, BundledFunction>>;
  /** Path of the program of each process, built of `runner.ts`; that itself by default. */
  readonly runner?: string;
  /** Told each line that a function writes to its standard output or error; nobody by default. */
  readonly onOutput?: (functionName: string, line: string) => void;
  /** Processes of one function at a time; 10 by default. Further invocations wait. */
  readonly maxProcesses?: number;
  /** Invocations of one function that may wait; 1,000 by default. More are refused. */
  readonly maxWaiting?: number;
  /** A process that got no event for this time is ended, in milliseconds; 5 minutes by default. */
  readonly idleMs?: number;
}

/**
 * Runs each function's bundle in processes of its own, as Lambda does: one event at a time in each, only the
 * function's own variables, its memory as a limit of the heap, and an end by force when its time is over. A
 * process that crashes fails its own invocation only. Unlike Lambda's, an idle process is not frozen, and the
 * user's files and network are open to it.
 *
 * The processes end when this process does, however that happens.
 */
export function createChildProcessFunctions(options: ChildProcessOptions): FunctionHost {
  const runtimes = Object.entries(options.functions).map(([name, definition]) => {
    const pool = createProcessPool({
      start: () =>
        startFunctionProcess({
          name,
          definition,
          runner: options.runner ?? RUNNER,
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
