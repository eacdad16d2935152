import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, responds } from '../witnesses/free-port.ts';
import { installed } from '../witnesses/tool-folder.ts';
import { run } from './run.ts';

/** An image registry on loopback. */
export interface Registry {
  /** Host and port, as in image names. */
  readonly host: string;
  close(): Promise<void>;
}

/** The login of a registry that requires one. */
export const LOGIN = { username: 'ada', password: 'a password of a test' } as const;
/** Output of `htpasswd -B` with the lowest cost. */
const LOGIN_LINE = `${LOGIN.username}:$2b$04$abcdefghijklmnopqrstuuOHcODj1zZTfV0goukcOYqdthBrQvS1C\n`;

const configuration = (folder: string, host: string, login: boolean) =>
  JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host },
    ...(login ? { auth: { htpasswd: { realm: 'tests', path: join(folder, 'logins') } } } : {}),
  });

/**
 * Starts an empty registry of the Docker project.
 *
 * @param folder for all data of the registry
 * @param login whether it requires `LOGIN`
 */
export async function startRegistry(
  folder: string,
  { login }: { readonly login: boolean },
): Promise<Registry> {
  const program = await registryProgram();
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(folder, 'logins'), LOGIN_LINE);
  const file = join(folder, 'config.yml');
  // JSON is also valid YAML.
  writeFileSync(file, configuration(folder, host, login));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, 'serve', file], { stdio: 'ignore' });
  await once(child, 'spawn');
  while (!(await responds(`http://${host}/v2/`))) {
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    host,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/**
 * Returns the path of the program from Debian's package, which is only unpacked, because an installation would start
 * it on port 5000.
 */
async function registryProgram(): Promise<string> {
  const folder = await installed('docker-registry', 'docker-registry', async (made) => {
    await run('apt-get', ['download', '-qq', 'docker-registry'], { cwd: made });
    for (const archive of readdirSync(made)) await run('dpkg', ['-x', join(made, archive), made]);
  });
  return join(folder, 'usr', 'bin', 'docker-registry');
}
