import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readConfig } from '../../shared/config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where commands go: options of all of them, known once the command line has been read. */
export interface GlobalOptions {
  readonly url?: string;
  /** Stack on AWS, with the profile and region by which it is found. */
  readonly stack?: string;
  readonly profile?: string;
  readonly region?: string;
}

/** What a running local stack writes about itself. */
const stackSchema = z.object({
  pid: z.number().int().positive(),
  url: z.string(),
  operator: z.record(z.string(), z.string()),
});
export type RunningStack = z.infer<typeof stackSchema>;

/** Variables that say where the API is (flowServ configuration reference). */
const ADDRESS_VARIABLES = ['PROTOCOL', 'HOST', 'PORT', 'PATH'].map((name) => `FLOWSERV_API_${name}`);

/** The folder of the local stack's data. */
export const dataFolder = (env: Environment): string => resolve(env.FLOWSERV_API_DIR || '.flowserv');

/** The address that the user has named, by the option or by the variables; undefined when there is none. */
export function namedUrl(option: string | undefined, env: Environment): string | undefined {
  if (option !== undefined) return checkUrl(option);
  const given = Object.fromEntries(
    ADDRESS_VARIABLES.map((name) => [name, env[name]]).filter(([, value]) => value),
  );
  // Port 0 makes the stack choose one, which only its own file tells.
  if (Object.keys(given).length === 0 || given.FLOWSERV_API_PORT === '0') return undefined;
  return readConfig(given).api.url;
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text.replace(/(?<!\/)\/+$/, '');
  throw new Error(`'${text}' is no address of an API; write it as http://localhost:5000/flowserv/api/v1`);
}

/**
 * The URL of the API: what the user has named, else the local stack that runs on the data folder.
 *
 * @throws Error with a sentence for the user when nothing is named and nothing runs
 */
export function findUrl(option: string | undefined, env: Environment): string {
  return namedUrl(option, env) ?? requireStack(env).url;
}

/**
 * The stack that runs on the data folder.
 *
 * @param remedy what the user can do but start one
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

/** The stack that runs on a data folder. A file that a dead process has left behind counts as none. */
export function readStack(folder: string): RunningStack | undefined {
  const text = readIfThere(join(folder, 'stack.json'));
  if (text === undefined) return undefined;
  const parsed = stackSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${join(folder, 'stack.json')} is not a file of flowServ's`);
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
