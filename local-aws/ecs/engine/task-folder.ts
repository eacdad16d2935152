import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { removeTree } from '../remove-tree.ts';
import { volumesFolder } from '../task-folders.ts';
import type { ContainerEngine } from './container-engine.ts';
import { createContainer, removeContainer, startContainer } from './engine-containers.ts';
import { exitCodeOf } from './running-container.ts';

const UNSHARE_TIMEOUT_MS = 60_000;
/** Limits of a container that removes files. */
const REMOVAL_MS = 60_000;
const REMOVAL_BYTES = 256 * 1024 ** 2;
const REMOVAL_PROCESSES = 16;
/** File with the ids of images that can be used to remove the folder. */
const IMAGES_FILE = 'images.json';
const imageIds = z.array(z.string());

export const noteImages = (folder: string, ids: readonly string[]): Promise<void> =>
  writeFile(join(folder, IMAGES_FILE), JSON.stringify(ids));

/**
 * Removes a task's folder. Containers may write as root or another user, whose files this process may not be able to
 * remove. Podman then removes them in its own user namespace, or a container of one of the task's images does.
 *
 * @throws Error when none of this is possible
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
    // Truncated when the stack was killed.
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
 * Removes files with the `rm` of an image. Not every image has one, and in an untrusted image it may be another
 * program, so it gets no more rights than a task's container and a time limit.
 */
export async function removeInContainer(
  engine: ContainerEngine,
  folder: string,
  images: readonly string[],
): Promise<void> {
  const kept = engine.machine.limits;
  const volumes = await readdir(volumesFolder(folder)).catch((): string[] => []);
  for (const [index, image] of images.entries()) {
    const name = `${folder.slice(-32)}-remove-${index}`;
    const config = {
      Image: image,
      // Only its contents, because a mount point cannot be removed from inside.
      Entrypoint: ['rm', '-rf', '--', ...volumes.map((volume) => `/task/volumes/${volume}`)],
      Cmd: [],
      User: '0',
      HostConfig: {
        Binds: [`${volumesFolder(folder)}:/task/volumes:rw,z`],
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
      // The next image may have an `rm`.
    } finally {
      await removeContainer(engine, name);
    }
  }
}
