import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerEngine, openEngine, ping } from './container-engine.ts';

interface PodmanServiceOptions {
  /** Path of the `podman` command. */
  readonly podman: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string | undefined;
}

/** Longest path of a socket: 108 bytes with the zero at its end (unix(7)). */
const MAX_SOCKET_PATH = 107;
const STARTED_WITHIN_MS = 20_000;
const PAUSE_MS = 50;
const MAX_OUTPUT = 2000;

/**
 * A script whose first argument is a folder and the rest a command. It runs the command until its standard input ends,
 * which happens when this process ends for any reason, and then removes the folder. Containers continue to run,
 * because the monitor of each one is not a child process.
 */
const WATCH = `folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- & service=$!
{ read -r line; rm -rf "$folder"; kill "$service"; } <&3 2>/dev/null & watch=$!
wait "$service"
code=$?
kill "$watch" 2>/dev/null
exit "$code"`;

/**
 * Starts `podman system service` on its own socket, and restarts it if it ends before it is closed.
 *
 * @throws Error when the service does not respond
 */
export async function startPodmanService(options: PodmanServiceOptions): Promise<ContainerEngine> {
  const folder = await socketFolder(options.dataDir);
  const socketPath = join(folder, 'podman.sock');
  const launch = () => launchService(options, folder, socketPath);
  let service = await launch();
  let starting: Promise<void> | undefined;
  const startAgain = async () => {
    service = await launch();
    await waitUntilReady(service, socketPath).finally(() => {
      starting = undefined;
    });
  };
  let closed = false;
  const revive = async () => {
    if (service.ended() && !closed) starting ??= startAgain();
    await starting;
  };
  const close = async () => {
    closed = true;
    await service.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(service, socketPath);
    return await openEngine({ socketPath }, { beforeCall: revive, close });
  } catch (error) {
    await close();
    throw new Error(service.said() || (error instanceof Error ? error.message : String(error)), {
      cause: error,
    });
  }
}

interface Service {
  ended(): boolean;
  /** The last line of its output. */
  said(): string;
  close(): Promise<void>;
}

async function launchService(
  { podman, env }: PodmanServiceOptions,
  folder: string,
  socketPath: string,
): Promise<Service> {
  await rm(socketPath, { force: true });
  const child = spawn(
    '/bin/sh',
    ['-c', WATCH, 'sh', folder, podman, 'system', 'service', '--time', '0', `unix://${socketPath}`],
    // Its own process group, so that Ctrl-C in a terminal reaches only this process. conmon leaves files in its
    // folder.
    { env, cwd: folder, stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  const said = collectOutput(child);
  const exited = once(child, 'exit');
  exited.catch(() => {});
  child.unref();
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  return {
    ended,
    said,
    async close() {
      if (ended()) return;
      child.ref();
      child.stdin?.destroy();
      await exited;
    },
  };
}

/** Creates a folder for this user only, because clients of the socket in it can do everything that the user can. */
async function socketFolder(dataDir: string | undefined): Promise<string> {
  const wanted = dataDir === undefined ? undefined : join(resolve(dataDir), 'engine');
  if (wanted === undefined || Buffer.byteLength(join(wanted, 'podman.sock')) > MAX_SOCKET_PATH) {
    return mkdtemp(join(tmpdir(), 'local-engine-'));
  }
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  return wanted;
}

async function waitUntilReady(service: Service, socketPath: string): Promise<void> {
  for (const until = Date.now() + STARTED_WITHIN_MS; ; await delay(PAUSE_MS)) {
    try {
      return await ping({ socketPath });
    } catch (error) {
      if (Date.now() > until || service.ended()) throw error;
    }
  }
}

/** Returns the last line of the service's output; of a log line, only its text. */
function collectOutput(service: ChildProcess): () => string {
  let text = '';
  service.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_OUTPUT);
  });
  return () => {
    const line = text.trim().split('\n').at(-1) ?? '';
    return /msg="(.*)"$/.exec(line)?.[1] ?? line;
  };
}
