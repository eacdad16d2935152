import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Where a tool of others is installed: outside the lock file, and gone with `node_modules`. */
const toolFolder = (name: string): string =>
  fileURLToPath(new URL(join('../../node_modules/.cache/witnesses', name), import.meta.url));

const LOOK_AGAIN_MS = 200;

/**
 * Installs a tool of others into a folder of its own, unless it is there: once, however many workers ask for it, as a
 * second build beside the first would take from it half of the processors.
 *
 * @param recipe what it is made of, such as packages with their versions; with another recipe it is installed again
 * @param install fills the folder, which is empty
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

/** Takes a lock, which names the process that holds it. @returns false while another one does */
function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(textOf(lock) ?? '');
    // A process that was killed has left it.
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
