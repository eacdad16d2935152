import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './run.ts';

/** Where images really come from: a prefix of their names, and the place on loopback that stands for it. */
export type Mapping = Readonly<Record<string, string>>;

/** An engine of the tests' own. */
export interface Podman {
  /** Path of the socket of its API. */
  readonly socket: string;
  /** File of the logins to registries, as `podman login` writes it; it is not there at first. */
  readonly loginFile: string;
  /** Runs a command of podman on the same containers and images; returns what it prints. */
  command(...words: string[]): Promise<string>;
  /** Removes all containers, and ends the engine. */
  close(): Promise<void>;
}

/** What an operator sets who wants steps to run in containers of this engine. */
export const engineSettings = ({ socket }: Pick<Podman, 'socket'>) => ({
  FLOWSERV_RUNNER: 'engine',
  DOCKER_HOST: `unix://${socket}`,
});

/**
 * Root lacks the right to raise limits on some machines, which the defaults of podman would do. crun, the default of
 * Debian, refuses to work with cgroups of both versions.
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

/** With more, podman 4.3 does not see that a container ends before it has waited for 20 s. */
const LONGEST_PATH = 40;

/**
 * Starts podman's service with everything that it reads and keeps in one folder: an engine of the machine's own is
 * neither used nor changed. It ends with this process, whatever happens to it.
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
    // The service looks for logins there and below the home, whatever REGISTRY_AUTH_FILE says.
    XDG_RUNTIME_DIR: folder,
    HOME: folder,
  };
  const command = (...words: string[]) => run('podman', words, { env });
  const socket = join(folder, 'podman.sock');
  const service = ['podman', 'system', 'service', '--time', '0', `unix://${socket}`];
  // Its monitors of containers leave a file `oom` in their working folder when memory runs out.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...service], { env, stdio: 'ignore', cwd: folder });
  await once(child, 'spawn');
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`podman has ended with ${child.exitCode}`);
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
      // The store of an engine is mounted for as long as it runs.
      await run('umount', [join(folder, 'graph', 'overlay')]).catch(() => {});
    },
  };
}
