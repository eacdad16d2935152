import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { findJson } from './find-json.ts';

/** Returns the value of the header `X-Registry-Auth` for an image; undefined without a login for its registry. */
export type RegistryLogin = (image: string) => Promise<string | undefined>;

const dockerConfig = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
});

const helperOutput = z.object({ Username: z.string(), Secret: z.string() });

/** Docker Hub's name in the file of `docker login`. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT_MS = 10_000;

/**
 * Finds logins as Docker's command line does, which passes them to the daemon with each pull, because the daemon
 * itself has none. The file is read for each pull, so that a `docker login` takes effect immediately.
 */
export function dockerLogins(env: Readonly<Record<string, string | undefined>>): RegistryLogin {
  return async (image) => {
    const path = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const config = text === undefined ? undefined : dockerConfig.safeParse(findJson(text)).data;
    if (!config) return undefined;
    const registry = registryOf(image);
    const login = (await fromHelper(config, registry, env)) ?? fromFile(config, registry);
    return login && Buffer.from(JSON.stringify({ ...login, serveraddress: registry })).toString('base64url');
  };
}

type Login = { readonly username: string; readonly password: string } | { readonly identitytoken: string };

/** The key of an image's registry in the file: its host. */
function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const host = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
  return host === 'docker.io' ? HUB : host;
}

function fromFile({ auths }: z.infer<typeof dockerConfig>, registry: string): Login | undefined {
  const entry = auths[registry] ?? auths[`https://${registry}`];
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken };
  const pair = Buffer.from(entry?.auth ?? '', 'base64').toString();
  const colon = pair.indexOf(':');
  return colon > 0 ? { username: pair.slice(0, colon), password: pair.slice(colon + 1) } : undefined;
}

/** `docker-credential-<name> get` (docker/docker-credential-helpers). */
async function fromHelper(
  { credHelpers, credsStore }: z.infer<typeof dockerConfig>,
  registry: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Login | undefined> {
  const name = credHelpers[registry] ?? credsStore;
  if (name === undefined || !/^[A-Za-z0-9._-]+$/.test(name)) return undefined;
  const said = await new Promise<string>((resolve) => {
    const helper = execFile(
      `docker-credential-${name}`,
      ['get'],
      { env, timeout: HELPER_TIMEOUT_MS },
      (error, stdout) => resolve(error ? '' : stdout),
    );
    helper.stdin?.on('error', () => {}).end(registry);
  });
  const response = helperOutput.safeParse(findJson(said)).data;
  if (!response) return undefined;
  const { Username: username, Secret: password } = response;
  return username === '<token>' ? { identitytoken: password } : { username, password };
}
