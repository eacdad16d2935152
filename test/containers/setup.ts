import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { images, loadImages, pushImages } from './images.ts';
import { startPodman } from './podman.ts';
import { startRegistry } from './registry.ts';

/** The engine that was started for the tests. */
export interface Engine {
  /** Path of the socket of its API. */
  readonly socket: string;
  /** File of its logins to registries, as `podman login` writes it; missing at first. */
  readonly loginFile: string;
  /** Host and port of the registry that requires a login. */
  readonly closedRegistry: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined if no engine works. */
    readonly engine: Engine | undefined;
  }
}

/**
 * Starts an engine with all images, and two registries, for all test files, and removes everything after the tests.
 *
 * If no engine works, the tests are skipped, unless the variable `FLOWSERV_TEST_CONTAINERS` is `always`.
 *
 * @returns a function that ends and removes everything
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-engine-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    project.provide('engine', await open(folder, opened));
  } catch (error) {
    await opened.disposeAsync();
    if (process.env.FLOWSERV_TEST_CONTAINERS === 'always') throw error;
    project.provide('engine', undefined);
    const reason = String(error).trim().split('\n').at(-1);
    process.stderr.write(`SKIPPED: the tests with containers, because no engine works here: ${reason}\n`);
    return async () => {};
  }
  return () => opened.disposeAsync();
}

async function open(folder: string, opened: AsyncDisposableStack): Promise<Engine> {
  const registry = async (name: string, login: boolean) =>
    opened.adopt(await startRegistry(join(folder, name), { login }), (started) => started.close());
  const [hub, closed] = await Promise.all([registry('hub', false), registry('closed', true)]);
  const podman = await startPodman(join(folder, 'podman'), {
    'docker.io': `${hub.host}/docker`,
    'public.ecr.aws': `${hub.host}/ecr`,
    [hub.host]: hub.host,
    [closed.host]: closed.host,
  });
  opened.defer(() => podman.close());
  await loadImages(podman, join(folder, 'images'));
  await podman.command('run', '--rm', '--network', 'none', images.alpine, 'true');
  await pushImages(podman, hub, closed);
  return { socket: podman.socket, loginFile: podman.loginFile, closedRegistry: closed.host };
}
