import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { processStart } from '../process-identity.ts';

/** What a refusal may say of why. */
const REASON_LENGTH = 500;
/** Between looks at a sandbox that is being ended. */
const LONGEST_WAIT_MS = 50;

/** A sandbox whose program has begun. */
export interface EnteredSandbox {
  /**
   * Kills all processes inside, and waits until the last has ended. Bubblewrap ends as the program does, while others
   * inside may run on: they can keep the init process, which they may trace and starve as their own user's, from ending.
   */
  end(): Promise<void>;
}

/**
 * Gives a process that becomes a sandbox what it reads from descriptor 3, and waits until it says by the descriptor 4 that
 * all is laid out. Only then the program may begin.
 *
 * @param lastWords what it has said by its end
 * @throws Error with them, when it ends before
 */
export async function enterSandbox(
  child: ChildProcess,
  input: string,
  lastWords: () => Promise<string>,
): Promise<EnteredSandbox> {
  const [reading, telling] = [child.stdio[3], child.stdio[4]];
  if (!(reading instanceof Duplex && telling instanceof Duplex))
    throw new Error('the sandbox has no descriptors');
  // It may end before it has read everything.
  reading.on('error', () => {});
  reading.end(input);
  const laidOut = await new Promise<boolean>((resolve) => {
    telling.once('data', () => resolve(true));
    telling.once('end', () => resolve(false));
    // Also when it has ended before it reads that it may begin.
    telling.on('error', () => resolve(false));
  });
  const init = laidOut ? initOf(child.pid) : undefined;
  if (init) {
    telling.end('begin\n', () => telling.destroy());
    return { end: () => endAll(init) };
  }
  telling.destroy();
  child.kill('SIGKILL');
  const said = (await lastWords()).trim();
  throw new Error(`the sandbox did not start: ${said.slice(-REASON_LENGTH) || 'it has ended'}`);
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

/** The init process of a PID namespace ends as the last one in it (pid_namespaces(7)). */
async function endAll({ pid, start }: Init): Promise<void> {
  for (let wait = 1; processStart(pid) === start; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    for (const each of [pid, ...descendantsOf(pid)]) kill(each, 'SIGKILL');
    await pause(wait);
  }
}

/** All processes that a process and its children have started and that still have a parent among them. */
export function descendantsOf(pid: number): number[] {
  const found = [pid];
  // It grows meanwhile.
  for (const each of found) found.push(...childrenOf(each));
  return found.slice(1);
}

/**
 * Signals the program of a sandbox: the child of its init process, which is the child of the process that was started.
 * That one, and the init process, pass no signal on. Does nothing once the program has ended.
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
    // It has ended meanwhile.
  }
}

/** Those of all its threads, the oldest of each first (proc(5), /proc/pid/task/tid/children). */
function childrenOf(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return tasks.flatMap((task) => {
      const text = readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
