import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { poll, type RunningStack } from './running-stack.ts';

/**
 * Finds processes of a stack's tasks with a text as one of their arguments. Their environment names the stack's folder,
 * or in a sandbox, the folders that are mounted there, by their paths on the file system of the host.
 */
export function processesWith({ dataDir }: Pick<RunningStack, 'dataDir'>, argument: string): number[] {
  const isOfStack = (pid: number) =>
    (['environ', 'mountinfo'] as const).some((file) => read(pid, file).join().includes(basename(dataDir)));
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => argumentsOf(pid).includes(argument) && isOfStack(pid));
}

/** Returns the program of a process and its arguments; empty if the process ended. */
export const argumentsOf = (pid: number): string[] => read(pid, 'cmdline');

/** Waits until `find` returns processes. */
export const begun = (find: () => number[]): Promise<number[]> =>
  poll(async () => {
    const pids = find();
    return pids.length > 0 ? pids : undefined;
  }, 'the step does not run');

/** Waits until all of these processes ended. */
export const gone = (pids: readonly number[]): Promise<true> =>
  poll(
    async () => (pids.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true),
    'the processes go on',
  );

function read(pid: number, file: 'cmdline' | 'environ' | 'mountinfo'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
