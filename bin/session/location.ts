import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readConfig } from '../../shared/config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The server of all commands: options that are known after the command line is parsed. */
export interface GlobalOptions {
  readonly url?: string;
  /** Stack on AWS, with its profile and region. */
  readonly stack?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** The file that a running local stack writes about itself. */
const stackSchema = z.object({
  pid: z.number().int().positive(),
  url: z.string(),
  operator: z.record(z.string(), z.string()),
});
export type RunningStack = z.infer<typeof stackSchema>;

/** Variables with the address of the API (flowServ configuration reference). */
const ADDRESS_VARIABLES = ['PROTOCOL', 'HOST', 'PORT', 'PATH'].map((name) => `FLOWSERV_API_${name}`);

/** The folder of the local stack's data. */
export const dataFolder = (env: Environment): string => resolve(env.FLOWSERV_API_DIR || '.flowserv');

/** The address from the option or the variables; undefined if there is none. */
export function namedUrl(option: string | undefined, env: Environment): string | undefined {
  if (option !== undefined) return checkUrl(option);
  const given = Object.fromEntries(
    ADDRESS_VARIABLES.map((name) => [name, env[name]]).filter(([, value]) => value),
  );
  // Port 0 makes the stack choose one, which only its own file contains.
  if (Object.keys(given).length === 0 || given.FLOWSERV_API_PORT === '0') return undefined;
  return readConfig(given).api.url;
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/(?<!\/)\/+$/, '');
  throw new Error(`'${text}' is not an address of an API; write it as http://localhost:5000/flowserv/api/v1`);
}

/** Types of clients of flowServ (flowServ configuration reference). Here all commands use the HTTP API. */
const CLIENT_TYPES: readonly (string | undefined)[] = [undefined, '', 'local', 'remote'];

/**
 * Returns the URL of the API: the user's choice, else the local stack that runs on the data folder.
 *
 * @throws Error with a sentence for the user if none is chosen and none runs, or for an unknown FLOWSERV_CLIENT
 */
export function findUrl(option: string | undefined, env: Environment): string {
  if (!CLIENT_TYPES.includes(env.FLOWSERV_CLIENT)) {
    throw new Error(`invalid client type '${env.FLOWSERV_CLIENT}'; FLOWSERV_CLIENT is local or remote`);
  }
  return namedUrl(option, env) ?? requireStack(env).url;
}

/**
 * The stack that runs on the data folder.
 *
 * @param remedy what the user can do instead of starting one
 * @throws Error that says how to start a stack
 */
export function requireStack(
  env: Environment,
  remedy = 'name a server with --url, or a stack on AWS with --stack',
): RunningStack {
  const folder = dataFolder(env);
  const stack = readStack(folder);
  if (stack) return stack;
  throw new Error(`no flowServ runs on ${folder}; start one with \`flowserv local\`, or ${remedy}`);
}

/** The stack that runs on a data folder. A file that a dead process left is ignored. */
export function readStack(folder: string): RunningStack | undefined {
  const text = readIfThere(join(folder, 'stack.json'));
  if (text === undefined) return undefined;
  const parsed = stackSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${join(folder, 'stack.json')} is not a file of flowServ`);
  return isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw new Error(`${path} cannot be read; it belongs to the user who started flowServ`, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process of another user is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
