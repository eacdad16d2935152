import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Folder for a third-party tool: outside the lock file, and removed with `node_modules`. */
const toolFolder = (name: string): string =>
  fileURLToPath(new URL(join('../../node_modules/.cache/witnesses', name), import.meta.url));

const LOOK_AGAIN_MS = 200;

/**
 * Installs a third-party tool into a separate folder on first use. Only one of several workers installs it, because a
 * second concurrent build would take half of the CPU time.
 *
 * @param recipe its content, such as packages with their versions; a changed recipe installs it again
 * @param install fills the empty folder
 * @returns path of the folder
 */
export async function installed(
  name: string,
  recipe: string,
  install: (folder: string) => Promise<unknown>,
): Promise<string> {
  const folder = toolFolder(name);
  const mark = join(folder, 'installed.txt');
  const lock = `${folder}.lock`;
  mkdirSync(dirname(folder), { recursive: true });
  while (textOf(mark) !== recipe) {
    if (!take(lock)) {
      await sleep(LOOK_AGAIN_MS);
      continue;
    }
    try {
      if (textOf(mark) === recipe) break;
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      await install(folder);
      writeFileSync(mark, recipe);
    } finally {
      rmSync(lock);
    }
  }
  return folder;
}

/** Takes a lock, which contains the id of its process. @returns false while another process holds it */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(textOf(lock) ?? '');
    // A killed process left the lock.
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
