import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';

/** What a refusal may say of why. */
const REASON_LENGTH = 500;

/**
 * Gives a process that becomes a sandbox what it reads from descriptor 3, and waits until it says by the descriptor 4 that
 * its program is there.
 *
 * @param lastWords what it has said by its end
 * @throws Error with them, when it ends before
 */
export async function enterSandbox(
  child: ChildProcess,
  input: string,
  lastWords: () => Promise<string>,
): Promise<void> {
  const [reading, telling] = [child.stdio[3], child.stdio[4]];
  if (!(reading instanceof Duplex && telling instanceof Duplex))
    throw new Error('the sandbox has no descriptors');
  // It may end before it has read everything.
  reading.on('error', () => {});
  reading.end(input);
  const begun = await new Promise<boolean>((resolve) => {
    telling.once('data', () => resolve(true));
    telling.once('end', () => resolve(false));
    telling.once('error', () => resolve(false));
  });
  telling.destroy();
  if (begun) return;
  child.kill('SIGKILL');
  const said = (await lastWords()).trim();
  throw new Error(`the sandbox did not start: ${said.slice(-REASON_LENGTH) || 'it has ended'}`);
}

/**
 * Signals the program of a sandbox: the child of its init process, which is the child of the process that was started.
 * That one, and the init process, pass no signal on. Does nothing once the program has ended.
 */
export function signalInside(pid: number, signal: NodeJS.Signals): void {
  try {
    const [init] = childrenOf(pid);
    const [program] = init === undefined ? [] : childrenOf(init);
    if (program !== undefined) process.kill(program, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** The oldest first (proc(5), /proc/pid/task/tid/children). */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
