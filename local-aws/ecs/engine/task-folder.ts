import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { removeTree } from '../remove-tree.ts';
import type { ContainerEngine } from './container-engine.ts';
import { createContainer, removeContainer, startContainer } from './engine-containers.ts';
import { exitCodeOf } from './running-container.ts';

const UNSHARE_TIMEOUT_MS = 60_000;
/** What a container that removes files may take. */
const REMOVAL_MS = 60_000;
const REMOVAL_BYTES = 256 * 1024 ** 2;
const REMOVAL_PROCESSES = 16;
/** Says which images can be used for removing the folder. */
const IMAGES_FILE = 'images.json';
const imageIds = z.array(z.string());

export const noteImages = (folder: string, ids: readonly string[]): Promise<void> =>
  writeFile(join(folder, IMAGES_FILE), JSON.stringify(ids));

/**
 * Removes a task's folder, whoever its files belong to: containers write as root or as another user, which this process
 * may not be. Then Podman enters its own user namespace, or a container of one of the task's images removes them.
 *
 * @throws Error when nothing of this is possible
 */
export async function removeTaskFolder(engine: ContainerEngine, folder: string): Promise<void> {
  const images = await readImages(folder);
  const removed = await removeTree(folder).then(
    () => true,
    () => false,
  );
  if (removed) return;
  const unshared = engine.rootless && engine.name === 'Podman' && (await removeUnshared(folder));
  if (!unshared) await removeInContainer(engine, folder, images);
  await removeTree(folder);
}

async function readImages(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, IMAGES_FILE), 'utf8').catch(() => '[]');
  try {
    return imageIds.parse(JSON.parse(text));
  } catch {
    // Cut short when the stack was killed.
    return [];
  }
}

function removeUnshared(folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const given = ['unshare', 'rm', '-rf', '--', folder];
    execFile('podman', given, { timeout: UNSHARE_TIMEOUT_MS }, (error) => resolve(error === null));
  });
}

/**
 * Not each image has an `rm`, and one that a stranger has built may have another program there: it gets no more than a
 * task's container, and ends with its time.
 */
export async function removeInContainer(
  engine: ContainerEngine,
  folder: string,
  images: readonly string[],
): Promise<void> {
  const kept = engine.machine.limits;
  const volumes = await readdir(join(folder, 'volumes')).catch((): string[] => []);
  for (const [index, image] of images.entries()) {
    const name = `${folder.slice(-32)}-remove-${index}`;
    const config = {
      Image: image,
      // What lies in it: the place of a mount cannot be removed from inside.
      Entrypoint: ['rm', '-rf', '--', ...volumes.map((volume) => `/task/volumes/${volume}`)],
      Cmd: [],
      User: '0',
      HostConfig: {
        Binds: [`${join(folder, 'volumes')}:/task/volumes:rw,z`],
        NetworkMode: 'none',
        LogConfig: { Type: 'none' },
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: ['DAC_OVERRIDE', 'FOWNER'],
        SecurityOpt: ['no-new-privileges'],
        ...(kept.memory ? { Memory: REMOVAL_BYTES, MemorySwap: REMOVAL_BYTES } : {}),
        ...(kept.processes ? { PidsLimit: REMOVAL_PROCESSES } : {}),
      },
    };
    try {
      const id = await createContainer(engine, name, config);
      await startContainer(engine, id);
      const late = delay(REMOVAL_MS, undefined, { ref: false });
      if ((await Promise.race([exitCodeOf({ engine, id }).catch(() => undefined), late])) === 0) return;
    } catch {
      // The next image may have one.
    } finally {
      await removeContainer(engine, name);
    }
  }
}
