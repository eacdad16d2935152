import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { freePort, responds } from './free-port.ts';
import { pythonTool } from './python-tool.ts';

const run = promisify(execFile);
const DOCKER = fileURLToPath(new URL('sapporo-docker.py', import.meta.url));
const USER = { username: 'operator', password: 'password-of-the-tests' };

/** Returns cwltool. */
export const cwltool = async (): Promise<string> =>
  join(dirname(await pythonTool('python', 'wes.txt')), 'cwltool');

/**
 * Starts Sapporo, a server with the API of GA4GH WES, with cwltool as its engine and without containers.
 *
 * @returns its base URL and a bearer token
 */
export async function startSapporo() {
  const python = await pythonTool('python', 'wes.txt');
  const bin = dirname(python);
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-sapporo-'));
  const [runs, programs] = ['runs', 'bin'].map((name) => join(folder, name));
  for (const path of [runs ?? '', programs ?? '']) mkdirSync(path);
  const docker = join(programs ?? '', 'docker');
  writeFileSync(docker, `#!/bin/sh\nexec '${python}' '${DOCKER}' "$@"\n`, { mode: 0o755 });
  const authConfig = join(folder, 'auth.json');
  const hashed = await run(join(bin, 'sapporo-cli'), ['hash-password', '--password', USER.password]);
  writeFileSync(authConfig, JSON.stringify(withUser(/\$argon2\S+/.exec(hashed.stdout)?.[0] ?? '')));

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = ['--host', '127.0.0.1', '--port', String(port), '--base-url', url];
  const files = ['--run-dir', runs ?? '', '--auth-config', authConfig];
  const child = spawn(join(bin, 'sapporo'), [...options, ...files, '--cancel-grace-seconds', '1'], {
    env: { ...process.env, PATH: `${programs}:${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-4000);
  });
  await once(child, 'spawn');
  while (!(await responds(`${url}/service-info`))) {
    if (child.exitCode !== null) throw new Error(`Sapporo ended with ${child.exitCode}: ${log}`);
    await sleep(50);
  }
  const reply = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(USER) });
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await reply.json());
  return {
    url,
    token,
    async close() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Sapporo's configuration of authentication, with one user. */
const withUser = (hash: string) => ({
  auth_enabled: true,
  idp_provider: 'sapporo',
  sapporo_auth_config: {
    secret_key: randomBytes(32).toString('base64url'),
    expires_delta_hours: 24,
    users: [{ username: USER.username, password_hash: hash }],
  },
  external_config: {
    idp_url: 'http://127.0.0.1:1',
    jwt_audience: 'account',
    client_mode: 'public',
    client_id: 'x',
    client_secret: 'x',
  },
});
