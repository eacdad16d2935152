import { InvokeError } from './errors.ts';
import type { FunctionProcess } from './function-process.ts';
import type { FunctionCall } from './handler-call.ts';
import type { FunctionRuntime } from './invocations.ts';

interface ProcessPoolOptions {
  readonly start: () => FunctionProcess;
  /** Maximum number of processes; further invocations wait. */
  readonly maxProcesses: number;
  /** Maximum number of waiting invocations; further ones are rejected. */
  readonly maxWaiting: number;
  /** Time without an event after which a process is ended, in milliseconds. */
  readonly idleMs: number;
}

/**
 * Manages the processes of one function: one process per concurrent invocation. The next invocation uses the most
 * recently used process, so that surplus processes become idle and end.
 */
export function createProcessPool(options: ProcessPoolOptions): Required<FunctionRuntime> {
  const processes = new Set<FunctionProcess>();
  const idle = new Map<FunctionProcess, NodeJS.Timeout>();
  const waiting: PromiseWithResolvers<FunctionProcess>[] = [];
  const leaving = new Set<Promise<void>>();
  let closed = false;

  const discard = (gone: FunctionProcess) => {
    clearTimeout(idle.get(gone));
    idle.delete(gone);
    if (!processes.delete(gone)) return;
    const left = gone.end().finally(() => leaving.delete(left));
    leaving.add(left);
  };
  const start = () => {
    const started = options.start();
    processes.add(started);
    return started;
  };
  const takeIdle = (): FunctionProcess | undefined => {
    for (const candidate of [...idle.keys()].reverse()) {
      clearTimeout(idle.get(candidate));
      idle.delete(candidate);
      if (candidate.usable()) return candidate;
      discard(candidate);
    }
    return undefined;
  };
  const acquire = async (): Promise<FunctionProcess> => {
    if (closed) throw shuttingDown();
    const free = takeIdle();
    if (free) return free;
    if (processes.size < options.maxProcesses) return start();
    if (waiting.length >= options.maxWaiting) {
      throw new InvokeError('TooManyRequestsException', 'Rate Exceeded.');
    }
    const turn = Promise.withResolvers<FunctionProcess>();
    waiting.push(turn);
    return turn.promise;
  };
  const release = (used: FunctionProcess) => {
    if (!used.usable()) discard(used);
    const next = closed ? undefined : waiting.shift();
    if (next) next.resolve(used.usable() ? used : start());
    else if (used.usable()) idle.set(used, setTimeout(() => discard(used), options.idleMs).unref());
  };

  return {
    async run(call: FunctionCall) {
      const mine = await acquire();
      try {
        return await mine.run(call);
      } finally {
        release(mine);
      }
    },
    async end() {
      closed = true;
      for (const turn of waiting.splice(0)) turn.reject(shuttingDown());
      for (const running of [...processes]) discard(running);
      while (leaving.size > 0) await Promise.all(leaving);
    },
  };
}

const shuttingDown = () => new InvokeError('ServiceException', 'the functions are shutting down');
