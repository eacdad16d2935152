import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** Creates folders for storage volumes of a test file, which are removed after it. */
export function volumeFolders<Name extends string>(
  ...names: readonly Name[]
): Readonly<Record<Name, string>> {
  const root = mkdtempSync(join(tmpdir(), 'flowserv-volumes-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return Object.fromEntries(names.map((name) => [name, join(root, name)])) as Record<Name, string>;
}

/** Writes files into a folder, by their paths. */
export function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The setting of a storage volume in a folder. */
export const folderVolume = (id: string, basedir: string, more = {}) => ({
  ...{ id, type: 'fs', args: { basedir } },
  ...more,
});
