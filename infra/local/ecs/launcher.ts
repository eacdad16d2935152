import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromLauncher, Outputs, ProcessOrder, ToLauncher } from './launcher-protocol.ts';
import { exitCodeOf, killGroup, type ProcessGroup } from './process-group.ts';
import { processStart } from './process-identity.ts';

const PROGRAM = fileURLToPath(new URL('./launcher-process.ts', import.meta.url));
/** Megabytes of its heap: it holds the ends of outputs, and nothing else for long. */
const HEAP_MB = 64;

/** Starts process groups. */
export interface Launcher {
  /** @throws Error when the program cannot be started; the message is the operating system's */
  start(order: ProcessOrder): Promise<ProcessGroup>;
  /** Ends the launcher. Groups that still run count as killed. */
  close(): void;
}

/** A group of which the launcher has not said its last word. */
interface Open {
  readonly started: PromiseWithResolvers<number>;
  readonly exited: PromiseWithResolvers<number>;
  readonly outputs: PromiseWithResolvers<Outputs>;
  /** The process, once it runs. */
  leader?: { readonly pid: number; readonly start: string | undefined };
}

/**
 * Starts process groups through a small process that does nothing else (`launcher-process.ts`), which is begun at
 * once and again should it end. It ends with this process, however that happens.
 *
 * @param program path of the launcher's program
 */
export function createLauncher(program = PROGRAM): Launcher {
  let current = startLauncher(program);
  return {
    start(order) {
      if (!current.usable()) current = startLauncher(program);
      return current.start(order);
    },
    close: () => current.close(),
  };
}

function startLauncher(program: string): Launcher & { usable(): boolean } {
  const child = forkLauncher(program);
  const open = new Map<number, Open>();
  let usable = true;
  let count = 0;
  const send = (message: ToLauncher) => {
    // That the channel is closed is told by the end of the process.
    if (child.connected) child.send(message, () => {});
  };
  const end = () => {
    usable = false;
    for (const group of open.values()) abandon(group);
    open.clear();
  };
  child.on('message', (message: FromLauncher) => take(open, message));
  child.once('exit', end);
  child.once('error', end);
  return {
    usable: () => usable && child.connected,
    async start(order) {
      count += 1;
      const id = count;
      const group: Open = {
        started: Promise.withResolvers(),
        exited: Promise.withResolvers(),
        outputs: Promise.withResolvers(),
      };
      open.set(id, group);
      send({ kind: 'start', id, order });
      const pid = await group.started.promise;
      return {
        pid,
        exited: group.exited.promise,
        outputs: group.outputs.promise,
        signal: (signal) => send({ kind: 'signal', id, signal }),
        release: () => send({ kind: 'release', id }),
      };
    },
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
    // A process group of its own: Ctrl-C in a terminal is for the server.
    detached: true,
  });
  // What waits for containers keeps the server alive, if anything does.
  child.unref();
  child.channel?.unref();
  return child;
}

function take(open: Map<number, Open>, message: FromLauncher): void {
  const group = open.get(message.id);
  if (!group) return;
  if (message.kind === 'started') {
    group.leader = { pid: message.pid, start: processStart(message.pid) };
    group.started.resolve(message.pid);
  } else if (message.kind === 'refused') {
    group.started.reject(new Error(message.message));
    open.delete(message.id);
  } else if (message.kind === 'exited') {
    group.exited.resolve(message.exitCode);
  } else {
    group.outputs.resolve(message.outputs);
    open.delete(message.id);
  }
}

/** Nobody can tell any more how the group ends: it is killed, and that is its end. */
function abandon({ leader, started, exited, outputs }: Open): void {
  started.reject(new Error('the launcher of containers has ended'));
  if (leader?.start !== undefined && processStart(leader.pid) === leader.start) {
    killGroup(leader.pid, 'SIGKILL');
  }
  exited.resolve(exitCodeOf('SIGKILL'));
  outputs.resolve({ stdout: new Uint8Array(), stderr: new Uint8Array() });
}
