import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pythonFolders } from '../../../infra/local/runners/python-folders.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'flowserv-python-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function program(path: string, text = '#!/bin/sh\n'): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

const foldersOf = (...path: string[]) => pythonFolders({ PATH: [...path, '/usr/bin', '/bin'].join(':') });

const version = join(root, 'pyenv', 'versions', '3.12.1');
const python = program(join(version, 'bin', 'python3'));
mkdirSync(join(version, 'lib'));

describe('the Python that a sandbox shows', () => {
  it('is the first environment on the search path, with its installation', () => {
    const environment = join(root, '.venv');
    for (const name of ['bin', 'lib']) mkdirSync(join(environment, name), { recursive: true });
    writeFileSync(join(environment, 'pyvenv.cfg'), '');
    symlinkSync(python, join(environment, 'bin', 'python3'));
    expect(foldersOf(join(environment, 'bin'))).toEqual([environment, version]);
  });

  it('is the one that a shim of pyenv selects', () => {
    const shims = join(root, 'pyenv', 'shims');
    program(join(shims, 'python3'), `#!/bin/sh\necho ${python}\n`);
    expect(foldersOf(shims)).toEqual([version]);
    program(join(shims, 'python3'), '#!/bin/sh\nexit 1\n');
    expect(foldersOf(shims)).toEqual([]);
  });

  it("is the system's if no other comes first, or if the other is in a folder with other contents", () => {
    expect(foldersOf()).toEqual([]);
    program(join(root, 'home', 'bin', 'python3'));
    mkdirSync(join(root, 'home', 'lib'));
    mkdirSync(join(root, 'home', 'letters'));
    expect(foldersOf(join(root, 'home', 'bin'))).toEqual([]);
  });
});
