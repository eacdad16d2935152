import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { processStart } from '../process-identity.ts';

/** Longest reason in an error. */
const REASON_LENGTH = 500;
/** Interval of the checks while a sandbox ends. */
const LONGEST_WAIT_MS = 50;

/** A sandbox whose program started. */
export interface EnteredSandbox {
  /**
   * Kills all processes inside, and waits until the last one ended. Bubblewrap ends together with the program, while
   * other processes inside may continue. They can prevent the init process from ending, because it runs as their own
   * user, so they can trace and starve it.
   */
  end(): Promise<void>;
}

/**
 * Writes to descriptor 3 of a process that becomes a sandbox, and waits until the process reports on descriptor 4 that
 * the sandbox is complete. Only then may the program start.
 *
 * @param lastWords returns the output of the process once it ended
 * @throws Error with that output when the process ends before
 */
export async function enterSandbox(
  child: ChildProcess,
  input: string,
  lastWords: () => Promise<string>,
): Promise<EnteredSandbox> {
  const [inputPipe, signals] = [child.stdio[3], child.stdio[4]];
  if (!(inputPipe instanceof Duplex && signals instanceof Duplex))
    throw new Error('the sandbox has no descriptors');
  // It may end before it reads everything.
  inputPipe.on('error', () => {});
  inputPipe.end(input);
  const laidOut = await new Promise<boolean>((resolve) => {
    signals.once('data', () => resolve(true));
    signals.once('end', () => resolve(false));
    // It may also end before it reads this signal to start.
    signals.on('error', () => resolve(false));
  });
  const init = laidOut ? initOf(child.pid) : undefined;
  if (init) {
    signals.end('begin\n', () => signals.destroy());
    return { end: () => endAll(init) };
  }
  signals.destroy();
  child.kill('SIGKILL');
  const said = (await lastWords()).trim();
  throw new Error(`the sandbox did not start: ${said.slice(-REASON_LENGTH) || 'it ended'}`);
}

interface Init {
  readonly pid: number;
  readonly start: string;
}

function initOf(pid: number | undefined): Init | undefined {
  const [init] = pid === undefined ? [] : childrenOf(pid);
  const start = init === undefined ? undefined : processStart(init);
  return init === undefined || start === undefined ? undefined : { pid: init, start };
}

/** Ends an init process, which ends as the last one in its PID namespace (pid_namespaces(7)). */
async function endAll({ pid, start }: Init): Promise<void> {
  for (let wait = 1; processStart(pid) === start; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    for (const each of [pid, ...descendantsOf(pid)]) kill(each, 'SIGKILL');
    await pause(wait);
  }
}

/** All processes that a process and its children started and that still have a parent among them. */
export function descendantsOf(pid: number): number[] {
  const found = [pid];
  // The list grows during the loop.
  for (const each of found) found.push(...childrenOf(each));
  return found.slice(1);
}

/**
 * Signals the program of a sandbox: the child of its init process, which is the child of the started process. Neither
 * of these two forwards signals. Does nothing once the program ended.
 */
export function signalInside(pid: number, signal: NodeJS.Signals): void {
  const [init] = childrenOf(pid);
  const [program] = init === undefined ? [] : childrenOf(init);
  if (program !== undefined) kill(program, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in the meantime.
  }
}

/** The children of all threads of a process, the oldest of each thread first (proc(5), /proc/pid/task/tid/children). */
function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    // It ended in the meantime.
    return [];
  }
}
