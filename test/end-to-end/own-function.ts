import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { entrySource } from '../../infra/bundle/entry.ts';
import type { FunctionName } from '../../infra/functions.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import type { RunningStack } from './running-stack.ts';

/** Where the imports of entry modules start. */
const FUNCTIONS = fileURLToPath(new URL('../../functions/', import.meta.url));

const keysSchema = z.record(z.string(), z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }));

/** The settings of a function of a stack, its own keys among them. */
function environmentOf({ operator, dataDir }: RunningStack, name: FunctionName) {
  const keys = keysSchema.parse(JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')))[name];
  if (!keys) throw new Error(`the stack has no keys for ${name}`);
  return { ...operator, AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
}

/** What a function has outside its process, for doing here what the function does, with its own keys. */
export const servicesOf = (stack: RunningStack, name: FunctionName): Services =>
  createServices(readConfig(environmentOf(stack, name)));

/**
 * One call of a function by its own entry point, in a process that has never been called before: it remembers nothing
 * of what other functions have read, as it may when all run in one process.
 *
 * @returns the function's answer
 */
export async function callFunction(
  stack: RunningStack,
  name: FunctionName,
  event: object = {},
): Promise<unknown> {
  const program = `${entrySource(name)}
    const answer = await handler(${JSON.stringify(event)});
    process.stdout.write(JSON.stringify(answer ?? null));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: FUNCTIONS,
    env: environmentOf(stack, name),
  });
  return JSON.parse(stdout);
}
