import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { processStart } from '../../ecs/process-identity.ts';
import { type ChildProcessOptions, createChildProcessFunctions } from '../../lambda/child-process.ts';
import type { FunctionHost } from '../../lambda/function-host.ts';
import type { BundledFunction } from '../../lambda/process-environment.ts';

export const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));
const hosts: FunctionHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

/** A host for the function `probe`, closed after the test. */
export function hostOf(
  definition: Partial<BundledFunction> = {},
  options: Partial<ChildProcessOptions> = {},
): FunctionHost {
  const host = createChildProcessFunctions({
    functions: {
      probe: { file: probe, timeoutSeconds: 30, memoryMb: 256, environment: {}, ...definition },
    },
    region: 'eu-west-1',
    accountId: '123456789012',
    ...options,
  });
  hosts.push(host);
  return host;
}

/** Runs an action of `probe`; resolves to its result. */
// biome-ignore lint/suspicious/noExplicitAny: tests read members of results freely, and fail if one is missing
export const ask = (host: FunctionHost, action: string, more: object = {}): Promise<any> =>
  host.invoke('probe', { action, ...more });

/** The reason with which a promise rejects; the test fails if it resolves. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (response) => expect.fail(`returned ${JSON.stringify(response)}`),
    (error: unknown) => error,
  );

export const isAlive = (pid: number) => processStart(pid) !== undefined;
