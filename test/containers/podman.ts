import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

/** Maps a prefix of image names to the registry on loopback from which they are pulled. */
export type Mapping = Readonly<Record<string, string>>;

/** An engine only for the tests. */
export interface Podman {
  /** Path of the socket of its API. */
  readonly socket: string;
  /** File of the logins to registries, as `podman login` writes it; missing at first. */
  readonly loginFile: string;
  /** Runs a podman command on the same containers and images; returns its output. */
  command(...words: string[]): Promise<string>;
  /** Removes all containers, and ends the engine. */
  close(): Promise<void>;
}

/** The settings with which an operator runs steps in containers of this engine. */
export const engineSettings = ({ socket }: Pick<Podman, 'socket'>) => ({
  FLOWSERV_RUNNER: 'engine',
  DOCKER_HOST: `unix://${socket}`,
});

/**
 * Podman's defaults raise limits, which root may not do on some hosts. crun, the default of Debian, does not support
 * cgroups of both versions at the same time.
 */
const containersConf = (folder: string) => `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${folder}/run"
[network]
network_config_dir = "${folder}/networks"
`;

const storageConf = (folder: string) => `[storage]
driver = "overlay"
runroot = "${folder}/runroot"
graphroot = "${folder}/graph"
`;

const registriesConf = (mapping: Mapping) =>
  [
    'unqualified-search-registries = []',
    ...Object.entries(mapping).map(
      ([prefix, location]) => `[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"\ninsecure = true`,
    ),
  ].join('\n');

/** Maximum length of the path: with a longer one, podman 4.3 notices the end of a container only after 20 s. */
const LONGEST_PATH = 40;

/**
 * Starts podman's service with all its configuration and data in one folder, so that it neither uses nor changes an
 * engine of the host. It ends with this process, even if this process is killed.
 *
 * @throws Error when podman does not work here
 */
export async function startPodman(folder: string, mapping: Mapping): Promise<Podman> {
  if (folder.length > LONGEST_PATH) throw new Error(`${folder} is too long a path for podman`);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const env = {
    ...process.env,
    CONTAINERS_CONF: write('containers.conf', containersConf(folder)),
    CONTAINERS_STORAGE_CONF: write('storage.conf', storageConf(folder)),
    CONTAINERS_REGISTRIES_CONF: write('registries.conf', registriesConf(mapping)),
    // The service searches for logins there and in the home folder, regardless of REGISTRY_AUTH_FILE.
    XDG_RUNTIME_DIR: folder,
    HOME: folder,
  };
  const command = (...words: string[]) => run('podman', words, { env });
  const socket = join(folder, 'podman.sock');
  const service = ['podman', 'system', 'service', '--time', '0', `unix://${socket}`];
  // Its container monitors leave a file `oom` in their working folder when memory runs out.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...service], { env, stdio: 'ignore', cwd: folder });
  await once(child, 'spawn');
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`podman ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    socket,
    loginFile: join(folder, 'containers', 'auth.json'),
    command,
    async close() {
      await command('rm', '--all', '--force', '--time', '0');
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      // Podman mounts its storage folder on itself and leaves it mounted, so it could not be removed.
      await run('umount', [join(folder, 'graph', 'overlay')]).catch(() => {});
    },
  };
}
