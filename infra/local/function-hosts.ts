import { join } from 'node:path';
import {
  createChildProcessFunctions,
  createInProcessFunctions,
  type FunctionHost,
} from '@flowserv/local-aws';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import type { Artifacts } from './artifacts.ts';
import { handlers } from './handlers.ts';
import { accountRegion, type FunctionName, functionName, functionNames, functions } from './names.ts';
import type { Environment } from './settings.ts';

/** Each function has its own settings and keys. */
export type EnvironmentOf = (name: FunctionName) => Environment;

/** Runs all functions in this process. */
export function sourceFunctions(environment: EnvironmentOf): FunctionHost {
  const define = (name: FunctionName) => ({
    ...functions[name],
    handler: handlers[name](createServices(readConfig(environment(name)))),
  });
  return createInProcessFunctions({ ...accountRegion, functions: byFunctionName(define) });
}

/**
 * Runs each function in its own processes, from the bundle for Lambda.
 *
 * @throws the error of esbuild if a bundle is missing and a source cannot be bundled
 */
export async function bundledFunctions(
  environment: EnvironmentOf,
  { bundles, functionRunner, compileCache }: Artifacts,
): Promise<FunctionHost> {
  const folder = await bundles();
  const define = (name: FunctionName) => ({
    ...functions[name],
    file: join(folder, name, 'index.mjs'),
    environment: environment(name),
  });
  return createChildProcessFunctions({
    ...accountRegion,
    functions: byFunctionName(define),
    ...(functionRunner === undefined ? {} : { runner: functionRunner }),
    ...(compileCache === undefined ? {} : { compileCache: join(folder, compileCache) }),
    onOutput: (_name, line) => process.stderr.write(`${line}\n`),
  });
}

const byFunctionName = <T>(define: (name: FunctionName) => T): Record<string, T> =>
  Object.fromEntries(functionNames.map((name) => [functionName(name), define(name)]));
