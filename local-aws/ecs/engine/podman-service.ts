import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerEngine, openEngine } from './container-engine.ts';

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
 * Runs its arguments, but for the first, until its standard input ends, which is when this process does, however that
 * happens; then it removes the folder that is the first. Containers run on: each has a monitor that is no child.
 */
const WATCH = `folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- & service=$!
{ read -r line; kill "$service"; } <&3 2>/dev/null & watch=$!
wait "$service"
code=$?
kill "$watch" 2>/dev/null
rm -rf "$folder"
exit "$code"`;

/**
 * Starts `podman system service` on a socket of its own.
 *
 * @throws Error when it does not answer
 */
export async function startPodmanService(options: PodmanServiceOptions): Promise<ContainerEngine> {
  const folder = await socketFolder(options.dataDir);
  const socketPath = join(folder, 'podman.sock');
  await rm(socketPath, { force: true });
  const service = spawn(
    '/bin/sh',
    ['-c', WATCH, 'sh', folder, options.podman, 'system', 'service', '--time', '0', `unix://${socketPath}`],
    // A process group of its own: Ctrl-C in a terminal is for this process.
    { env: options.env, stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  const said = collectOutput(service);
  service.unref();
  const close = async () => {
    if (service.exitCode === null && service.signalCode === null) {
      const ended = once(service, 'exit');
      service.ref();
      service.stdin?.destroy();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await firstAnswer(service, socketPath, close);
  } catch (error) {
    await close();
    throw new Error(said() || (error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

/** For this user alone: who may connect may do what the user may. */
async function socketFolder(dataDir: string | undefined): Promise<string> {
  const wanted = dataDir === undefined ? undefined : join(resolve(dataDir), 'engine');
  if (wanted === undefined || Buffer.byteLength(join(wanted, 'podman.sock')) > MAX_SOCKET_PATH) {
    return mkdtemp(join(tmpdir(), 'local-engine-'));
  }
  await mkdir(wanted, { recursive: true, mode: 0o700 });
  return wanted;
}

async function firstAnswer(
  service: ChildProcess,
  socketPath: string,
  close: () => Promise<void>,
): Promise<ContainerEngine> {
  const failed = once(service, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const until = Date.now() + STARTED_WITHIN_MS;
  for (;;) {
    try {
      return await Promise.race([openEngine({ socketPath }, close), failed]);
    } catch (error) {
      if (Date.now() > until || service.exitCode !== null || service.pid === undefined) throw error;
      await delay(PAUSE_MS);
    }
  }
}

/** The last line of what the service says: the text of a log line. */
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
