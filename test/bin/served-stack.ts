import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type RunningStack, requireStack } from '../../bin/session/location.ts';
import { startProgram } from './run-cli.ts';

/** A local stack in its own process. */
export interface ServedStack {
  /** Variables by which programs find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Returns its address and the settings of its operator, once it runs. */
  tell(): RunningStack;
}

/**
 * Runs `flowserv local` for the tests of a `describe`. The operator's calls are not recorded, because these tests run
 * scripts for an account's administrator, whose calls are not compared with the roles of the product.
 */
export function serveStack(settings: Readonly<Record<string, string>> = {}): ServedStack {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-served-'));
  const env = { FLOWSERV_API_DIR: folder, ...settings };
  let server: ReturnType<typeof startProgram> | undefined;
  beforeAll(async () => {
    server = startProgram('flowserv', ['local', '--port', '0'], { env });
    await server.shows('ready; stop with Ctrl-C');
  });
  afterAll(async () => {
    server?.child.kill('SIGTERM');
    await server?.outcome;
    rmSync(folder, { recursive: true, force: true });
  });
  return { env, folder, tell: () => requireStack(env) };
}
