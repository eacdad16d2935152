import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pythonFolders } from '../../../infra/local/runners/python-folders.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowserv-python-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A folder with a Python of the system, and with other entries. */
async function withPython(name: string, entries: readonly string[]): Promise<string> {
  const folderOf = join(folder, name);
  for (const each of ['bin', 'lib']) await mkdir(join(folderOf, each), { recursive: true });
  await symlink('/usr/bin/env', join(folderOf, 'bin', 'python3'));
  for (const entry of entries) await writeFile(join(folderOf, entry), '');
  return folderOf;
}

const shown = (folderOf: string) => pythonFolders({ PATH: `${join(folderOf, 'bin')}:/usr/bin` });

describe('the folders of a Python outside the system', () => {
  it('are shown if they contain nothing else', async () => {
    for (const entries of [[], ['pyvenv.cfg', '.gitignore'], ['conda-meta', 'LICENSE.txt', '.condarc']]) {
      const folderOf = await withPython(`python-${entries.length}`, entries);
      expect(shown(folderOf)).toEqual([folderOf]);
    }
  });

  it('are not shown if the environment is a project or a home folder', async () => {
    const folders = [
      await withPython('project', ['pyvenv.cfg', 'train.py', 'secret-key.json']),
      await withPython('home', ['pyvenv.cfg', '.ssh']),
      await withPython('conda-home', ['conda-meta', '.bashrc']),
    ];
    expect(folders.flatMap(shown)).toEqual([]);
  });
});
