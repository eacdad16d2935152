import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type RunningStack, requireStack } from '../../bin/session/location.ts';
import { startProgram } from './run-cli.ts';

/** A local stack in a process of its own. */
export interface ServedStack {
  /** Variables by which programs find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it says of itself, once it runs. */
  tell(): RunningStack;
}

/**
 * Runs `flowserv local` for the tests of a `describe`. Calls of its operator are not recorded: what scripts for an
 * account's administrator call is not what the product's own roles are held against.
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
