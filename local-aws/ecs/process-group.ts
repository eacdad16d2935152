import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Outputs, ProcessOrder } from './launcher-protocol.ts';
import { createOutputTail } from './output-tail.ts';
import { type EnteredSandbox, enterSandbox, signalInside } from './sandbox/sandboxed-process.ts';

/** A program that runs. */
export interface RunningProgram {
  /** The exit code; 128 + signal number when a signal ended the program, as a container reports it. */
  readonly exited: Promise<number>;
  /** Resolves once both outputs are read to their end, or `release` was called; empty if they are not kept. */
  readonly outputs: Promise<Outputs>;
  /**
   * Sends SIGTERM to the program alone, as a container's init process does, and SIGKILL to everything that it started.
   */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Stops reading, because a process that left the group may keep an output open forever. */
  release(): void;
}

/** A program and everything that it starts, as long as it stays in its process group. */
interface ProcessGroup extends RunningProgram {
  readonly pid: number;
}

/**
 * Starts a program without a shell as the leader of a new process group.
 *
 * When the leader ends, the rest of the group is killed immediately: the end of a container's first process
 * ends the container (pid_namespaces(7)).
 *
 * @throws the error of the operating system when the program cannot be started (ENOENT, EACCES, E2BIG).
 */
export async function startProcessGroup(order: ProcessOrder): Promise<ProcessGroup> {
  const { sandbox, keepOutput } = order;
  const child = spawn(order.program, order.arguments, {
    cwd: order.cwd,
    env: { ...order.env },
    detached: true,
    stdio: [
      ...['ignore' as const, keepOutput ? ('pipe' as const) : ('ignore' as const)],
      // A sandbox writes there why it cannot start.
      keepOutput || sandbox ? 'pipe' : 'ignore',
      ...(sandbox ? (['pipe', 'pipe'] as const) : []),
    ],
  });
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      const pid = child.pid;
      // The kernel does not reuse the number of a group that has a member, and an empty group is an error.
      if (pid !== undefined) killGroup(pid);
      resolve(code ?? exitCodeOf(signal));
    });
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const outputs = closed.then((): Outputs => {
    const kept = { stdout: stdout.contents(), stderr: stderr.contents() };
    return keepOutput ? kept : { stdout: new Uint8Array(), stderr: new Uint8Array() };
  });
  const pid = await spawned(child);
  let entered: EnteredSandbox | undefined;
  if (sandbox) {
    entered = await enterSandbox(child, sandbox.input, async () => {
      await closed;
      return stderr.contents().toString();
    });
  }
  return {
    pid,
    exited: exited.then(async (exitCode) => {
      await entered?.end();
      return exitCode;
    }),
    outputs,
    signal: (signal) => {
      // From now on the number may belong to another group.
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (signal === 'SIGKILL') killGroup(pid);
      else if (sandbox) signalInside(pid, signal);
      else child.kill(signal);
    },
    release: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** The exit code that a container reports when a signal ended its first process. */
export const exitCodeOf = (signal: NodeJS.Signals | null): number =>
  128 + (signal ? constants.signals[signal] : 0);

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

function collect(stream: NodeJS.ReadableStream | null) {
  const tail = createOutputTail();
  stream?.on('data', (chunk: Buffer) => tail.push(chunk));
  return tail;
}

/** Kills all processes of a group; does nothing if the group no longer exists. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: no process is left. EPERM: on macOS, only zombies are left.
  }
}
