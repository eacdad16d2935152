import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleFunctions } from '../bundle/functions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** All inputs of a bundle; the lock file represents the packages. */
const SOURCES = ['functions', 'shared', 'infra/bundle', 'package.json', 'package-lock.json'];

/**
 * Returns the bundles of all functions. They are created only if a source has changed since the last time: this takes
 * seconds, while comparing the sources takes some milliseconds.
 *
 * @param folder created if necessary
 * @param shared whether other processes may use the folder; otherwise bundles of other sources are removed
 * @returns folder of the bundles, `<name>/index.mjs` for each
 * @throws the error of esbuild when a source cannot be bundled
 */
export async function keptBundles(
  folder: string,
  { shared = false }: { readonly shared?: boolean } = {},
): Promise<string> {
  const name = hashOf(SOURCES);
  const kept = join(folder, name);
  if (!existsSync(kept)) await make(kept);
  // Other processes may be running the other bundles of a shared folder.
  for (const other of shared ? [] : readdirSync(folder)) {
    if (other !== name) rmSync(join(folder, other), { recursive: true, force: true });
  }
  return kept;
}

/**
 * Creates bundles in a temporary folder and moves it to its final path. If several processes do this, one of them
 * succeeds.
 */
async function make(kept: string): Promise<void> {
  mkdirSync(dirname(kept), { recursive: true });
  const fresh = mkdtempSync(`${kept}.`);
  try {
    await bundleFunctions(fresh);
    renameSync(fresh, kept);
  } catch (error) {
    if (!isThere(error)) throw error;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Whether a folder could not be moved because another one exists, which is never empty (rename(2)). */
const isThere = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST');

/** Files of a folder, or the file itself, in a fixed order. */
function filesIn(path: string): string[] {
  const absolute = join(ROOT, path);
  if (statSync(absolute).isFile()) return [path];
  const entries = readdirSync(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of sources.flatMap(filesIn)) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}
