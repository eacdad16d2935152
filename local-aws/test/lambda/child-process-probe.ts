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

/** A host of the function `probe`, closed after the test. */
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

/** Lets `probe` do something; resolves with its answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely, and fail where they are not as expected
export const ask = (host: FunctionHost, action: string, more: object = {}): Promise<any> =>
  host.invoke('probe', { action, ...more });

/** What a promise rejects with; the test fails when it does not. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (answer) => expect.fail(`answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );

export const isAlive = (pid: number) => processStart(pid) !== undefined;
