import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromLauncher, Outputs, ProcessOrder, ProgramOrder, ToLauncher } from './launcher-protocol.ts';
import { exitCodeOf, killGroup, type RunningProgram } from './process-group.ts';
import { processStart } from './process-identity.ts';

const PROGRAM = fileURLToPath(new URL('./launcher-process.ts', import.meta.url));
/** Heap of the launcher in megabytes: enough for lists of several steps with 10,000 files each, which it evaluates. */
const HEAP_MB = 1024;

/** A program, and its process if it has one. */
export interface LaunchedProgram extends RunningProgram {
  readonly leader: Leader | undefined;
}

/** The first process of a group. */
interface Leader {
  readonly pid: number;
  /** Start time, which distinguishes it from other processes with the same number; undefined if it already ended. */
  readonly start: string | undefined;
}

/** Starts programs. */
export interface Launcher {
  /**
   * Starts a process group.
   *
   * @throws Error with the operating system's message when the program cannot be started
   */
  start(order: ProcessOrder): Promise<LaunchedProgram>;
  /** Runs the text of `node -e` in the launcher's own process, as `evaluated-program.ts` describes. */
  evaluate(order: ProgramOrder): Promise<LaunchedProgram>;
  /** Ends the launcher. Programs that still run are reported as killed. */
  close(): void;
}

/** A program for which the launcher did not send its last message yet. */
interface Open {
  readonly started: PromiseWithResolvers<Leader | undefined>;
  readonly exited: PromiseWithResolvers<number>;
  readonly outputs: PromiseWithResolvers<Outputs>;
  leader?: Leader | undefined;
}

/**
 * Starts programs through a small process that does nothing else (`launcher-process.ts`). The process is started at
 * once, and restarted if it ends. It ends with this process, even if this process is killed.
 *
 * @param program path of the launcher's program
 */
export function createLauncher(program = PROGRAM): Launcher {
  let current = startLauncher(program);
  const usable = () => {
    if (!current.usable()) current = startLauncher(program);
    return current;
  };
  return {
    start: (order) => usable().start(order),
    evaluate: (order) => usable().evaluate(order),
    close: () => current.close(),
  };
}

function startLauncher(program: string): Launcher & { usable(): boolean } {
  const child = forkLauncher(program);
  const open = new Map<number, Open>();
  let usable = true;
  let count = 0;
  const send = (message: ToLauncher) => {
    // A closed channel is handled when the process ends.
    if (child.connected) child.send(message, () => {});
  };
  const end = () => {
    usable = false;
    for (const left of open.values()) abandon(left);
    open.clear();
  };
  child.on('message', (message: FromLauncher) => take(open, message));
  child.once('exit', end);
  child.once('error', end);
  const launch = async (message: (id: number) => ToLauncher): Promise<LaunchedProgram> => {
    count += 1;
    const id = count;
    const launched: Open = {
      started: Promise.withResolvers(),
      exited: Promise.withResolvers(),
      outputs: Promise.withResolvers(),
    };
    open.set(id, launched);
    send(message(id));
    return {
      leader: await launched.started.promise,
      exited: launched.exited.promise,
      outputs: launched.outputs.promise,
      signal: (signal) => send({ kind: 'signal', id, signal }),
      release: () => send({ kind: 'release', id }),
    };
  };
  return {
    usable: () => usable && child.connected,
    start: (order) => launch((id) => ({ kind: 'start', id, order })),
    evaluate: (order) => launch((id) => ({ kind: 'evaluate', id, order })),
    close() {
      usable = false;
      if (child.connected) child.disconnect();
    },
  };
}

function forkLauncher(program: string): ChildProcess {
  const child = fork(program, [], {
    env: {},
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    // Its own process group, so that Ctrl-C in a terminal reaches only the server.
    detached: true,
  });
  // Callers that wait for containers keep the server alive, not this process.
  child.unref();
  child.channel?.unref();
  return child;
}

function take(open: Map<number, Open>, message: FromLauncher): void {
  const program = open.get(message.id);
  if (!program) return;
  if (message.kind === 'started') {
    const { pid } = message;
    program.leader = pid === undefined ? undefined : { pid, start: processStart(pid) };
    program.started.resolve(program.leader);
  } else if (message.kind === 'refused') {
    program.started.reject(new Error(message.message));
    open.delete(message.id);
  } else if (message.kind === 'exited') {
    program.exited.resolve(message.exitCode);
  } else {
    program.outputs.resolve(message.outputs);
    open.delete(message.id);
  }
}

/** Kills a program whose exit code can no longer be observed, and reports it as killed. */
function abandon({ leader, started, exited, outputs }: Open): void {
  started.reject(new Error('the launcher of containers ended'));
  if (leader?.start !== undefined && processStart(leader.pid) === leader.start) {
    killGroup(leader.pid);
  }
  exited.resolve(exitCodeOf('SIGKILL'));
  outputs.resolve({ stdout: new Uint8Array(), stderr: new Uint8Array() });
}
