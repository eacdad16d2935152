import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import type { ContainerLaunch } from './runner.ts';

/** A client whose server does not answer in this time counts as absent. */
const DETECTION_LIMIT_MS = 3000;

/** A container engine of this machine, named by its command. */
export interface ContainerEngine {
  readonly command: string;
  readonly version: string;
}

/**
 * Finds an engine that answers: docker by its server's version (the client alone is often installed
 * without a server), then podman by its own state, since it has no server.
 */
export async function detectContainerEngine(
  commands: readonly string[] = ['docker', 'podman'],
  limitMs = DETECTION_LIMIT_MS,
): Promise<ContainerEngine | undefined> {
  for (const command of commands) {
    const query =
      basename(command) === 'docker' ? ['version', '--format', '{{.Server.Version}}'] : PODMAN_QUERY;
    const version = await firstLine(command, query, limitMs);
    if (version) return { command, version };
  }
  return undefined;
}

const PODMAN_QUERY = ['info', '--format', '{{.Version.Version}}'];

function firstLine(command: string, query: readonly string[], limitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, query, { timeout: limitMs, killSignal: 'SIGKILL' }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim().split('\n')[0]),
    );
  });
}

/** What the engine's client is called with. */
export interface EngineCall {
  readonly arguments: readonly string[];
  /** Values of the container's variables: they go by environment, for arguments show in the process list. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The call that runs one container of a task (docker run and podman run references).
 *
 * Not proven yet, for it never met an engine: that the host's network reaches the metadata endpoint on
 * 127.0.0.1 (it does not with Docker Desktop, whose host is a virtual machine), how files written by root
 * in a container are removed by the stack's user, and the exit codes of the client itself (125 to 127).
 * No runner uses it until that is tried.
 *
 * @param folderOf the machine's folder of a volume.
 */
export function engineRunCall(
  taskId: string,
  launch: ContainerLaunch,
  folderOf: (volume: string) => string,
): EngineCall {
  const [entryPoint, ...entryArguments] = launch.entryPoint;
  const mounts = launch.mounts.flatMap(({ volume, containerPath, readOnly }) => [
    '--mount',
    `type=bind,source=${folderOf(volume)},target=${containerPath}${readOnly ? ',readonly' : ''}`,
  ]);
  return {
    arguments: [
      'run',
      '--rm',
      '--init',
      ...['--name', `${taskId}-${launch.name}`],
      ...['--network', 'host'],
      ...(launch.memoryMiB === undefined ? [] : ['--memory', `${launch.memoryMiB}m`]),
      ...(launch.workingDirectory === undefined ? [] : ['--workdir', launch.workingDirectory]),
      ...mounts,
      ...Object.keys(launch.environment).flatMap((name) => ['--env', name]),
      ...(entryPoint === undefined ? [] : ['--entrypoint', entryPoint]),
      launch.image,
      ...entryArguments,
      ...launch.command,
    ],
    environment: launch.environment,
  };
}
