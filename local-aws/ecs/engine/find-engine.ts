import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopback } from '../../hosts.ts';
import { findProgram } from '../find-program.ts';
import type { EngineAddress } from './api.ts';
import { type ContainerEngine, openEngine } from './container-engine.ts';
import { startPodmanService } from './podman-service.ts';

interface FindEngineOptions {
  /** Environment of the user: DOCKER_HOST, XDG_RUNTIME_DIR, PATH, and the variables that the `podman` command reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder for the socket of a service that this function starts; a new temporary folder by default. */
  readonly dataDir?: string;
}

/**
 * Finds a container engine: the one that DOCKER_HOST names, else the first of Docker's and Podman's sockets that
 * responds, else a service of the `podman` command, which this function starts and which ends with this process.
 *
 * @throws Error whose message is one sentence with the reason why no engine was found
 */
export async function findEngine({ env, dataDir }: FindEngineOptions): Promise<ContainerEngine> {
  const named = env.DOCKER_HOST;
  if (named !== undefined && named !== '') return openNamed(named, env);
  const problems: string[] = [];
  for (const socketPath of usualSockets(env)) {
    if (!(await exists(socketPath))) continue;
    try {
      return await openEngine({ socketPath });
    } catch (error) {
      problems.push(`${socketPath}: ${messageOf(error)}`);
    }
  }
  const podman = await findProgram('podman', env.PATH ?? '');
  if (podman !== undefined) {
    try {
      return await startPodmanService({ podman, env, dataDir });
    } catch (error) {
      problems.push(`podman system service: ${messageOf(error)}`);
    }
  }
  const why =
    problems.length > 0 ? problems.join('; ') : 'no socket of Docker or Podman, and no podman command';
  throw new Error(`no container engine responds (${why})`);
}

async function openNamed(named: string, env: FindEngineOptions['env']): Promise<ContainerEngine> {
  const address = readAddress(named, env);
  try {
    return await openEngine(address);
  } catch (error) {
    throw new Error(`no container engine responds at DOCKER_HOST=${named} (${messageOf(error)})`, {
      cause: error,
    });
  }
}

function readAddress(named: string, env: FindEngineOptions['env']): EngineAddress {
  if (named.startsWith('unix://')) return { socketPath: named.slice('unix://'.length) };
  const url = URL.parse(named);
  if (url?.protocol !== 'tcp:') {
    throw new Error(`DOCKER_HOST=${named} cannot be used: it must begin with unix:// or tcp://`);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  // An eavesdropper could take over the engine, and its bind mounts would refer to another host.
  if (!isLoopback(host))
    throw new Error(`DOCKER_HOST=${named} cannot be used: over TCP, the engine must be on loopback`);
  if (env.DOCKER_TLS_VERIFY)
    throw new Error(`DOCKER_HOST=${named} cannot be used with DOCKER_TLS_VERIFY: use a socket`);
  return { host, port: Number(url.port || '2375') };
}

function usualSockets({ XDG_RUNTIME_DIR }: FindEngineOptions['env']): string[] {
  const own = XDG_RUNTIME_DIR
    ? [join(XDG_RUNTIME_DIR, 'docker.sock'), join(XDG_RUNTIME_DIR, 'podman', 'podman.sock')]
    : [];
  return ['/var/run/docker.sock', '/run/podman/podman.sock', ...own];
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
