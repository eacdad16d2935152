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

/** The base of the imports of entry modules. */
const FUNCTIONS = fileURLToPath(new URL('../../functions/', import.meta.url));

const keysSchema = z.record(z.string(), z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }));

/** Returns the settings of a function of a stack, including its own keys. */
function environmentOf({ operator, dataDir }: RunningStack, name: FunctionName) {
  const keys = keysSchema.parse(JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')))[name];
  if (!keys) throw new Error(`the stack has no keys for ${name}`);
  return { ...operator, AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey };
}

/** Returns the services of a function with its own keys, to do the work of the function in this process. */
export const servicesOf = (stack: RunningStack, name: FunctionName): Services =>
  createServices(readConfig(environmentOf(stack, name)));

/**
 * Calls a function through its own entry point in a new process. It has no cached data of other functions, as it may
 * have when all run in one process.
 *
 * @returns the function's response
 */
export async function callFunction(
  stack: RunningStack,
  name: FunctionName,
  event: object = {},
): Promise<unknown> {
  const program = `${entrySource(name)}
    const response = await handler(${JSON.stringify(event)});
    process.stdout.write(JSON.stringify(response ?? null));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: FUNCTIONS,
    env: environmentOf(stack, name),
  });
  return JSON.parse(stdout);
}
