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
  const place = join(folder, name);
  for (const each of ['bin', 'lib']) await mkdir(join(place, each), { recursive: true });
  await symlink('/usr/bin/env', join(place, 'bin', 'python3'));
  for (const entry of entries) await writeFile(join(place, entry), '');
  return place;
}

const shown = (place: string) => pythonFolders({ PATH: `${join(place, 'bin')}:/usr/bin` });

describe('the folders of a Python outside the system', () => {
  it('are shown if they contain nothing else', async () => {
    for (const entries of [[], ['pyvenv.cfg', '.gitignore'], ['conda-meta', 'LICENSE.txt', '.condarc']]) {
      const place = await withPython(`python-${entries.length}`, entries);
      expect(shown(place)).toEqual([place]);
    }
  });

  it('are not shown if the environment is a project or a home folder', async () => {
    const places = [
      await withPython('project', ['pyvenv.cfg', 'train.py', 'secret-key.json']),
      await withPython('home', ['pyvenv.cfg', '.ssh']),
      await withPython('conda-home', ['conda-meta', '.bashrc']),
    ];
    expect(places.flatMap(shown)).toEqual([]);
  });
});
