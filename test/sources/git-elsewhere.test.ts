import { realpath } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import { collectFiles } from '../../shared/sources/static-files.ts';
import { faultOfPromise } from '../template/faults.ts';
import { folderWith, write } from './source-folder.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
const FILES = { 'flowserv.yaml': 'name: X\nspecfile: t.yaml\n', 't.yaml': 'workflow: {}\n' };

describe('files in Git LFS', () => {
  it('are rejected by name if only their pointers are present (report 15)', async () => {
    const many = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`data/${n}.bin`, POINTER]));
    const files = { ...many, 'data/real.bin': 'x', 'notes.txt': `About ${POINTER}`, 'z.bin': POINTER };
    const root = await realpath(await folderWith(files));
    expect((await faultOfPromise(collectFiles(root))).message).toBe(
      "the source has only Git LFS pointers for 'data/1.bin', 'data/2.bin', 'data/3.bin', 'data/4.bin', 'data/5.bin' and 1 more; run `git lfs pull` in a clone and use its folder as the source, or remove them from 'files'",
    );
    expect(await collectFiles(root, [{ source: 'notes.txt' }, { source: 'data/real.bin' }])).toHaveLength(2);
  });

  it('are rejected as a template too (report 15)', async () => {
    const source = readSource(await folderWith({ ...FILES, 't.yaml': POINTER }));
    expect((await faultOfPromise(source)).message).toBe(
      "'t.yaml' is only a Git LFS pointer; run `git lfs pull` in a clone and use its folder",
    );
  });
});

describe('the files of a submodule', () => {
  const gitmodules = '[submodule "x"]\n\tpath = code/lib\n\turl = https://example.org/x.git\n';

  it('are rejected by name while missing, unless the manifest does not list them (report 15)', async () => {
    const folder = await realpath(
      await folderWith({ '.gitmodules': gitmodules, 'code/lib/.git': 'gitdir: x', 'a.py': '' }),
    );
    const rejection =
      "the source has no files of the Git submodule 'code/lib'; run `git submodule update --init` in a clone and use its folder as the source, or remove it from 'files'";
    for (const source of ['', 'code', 'code/lib', 'code/lib/x']) {
      expect((await faultOfPromise(collectFiles(folder, [{ source }]))).message).toBe(rejection);
    }
    expect(await collectFiles(folder, [{ source: 'a.py' }])).toHaveLength(1);
    await write(folder, { 'code/lib/x/y.py': '' });
    expect(await collectFiles(folder, [{ source: 'code/lib/x' }])).toHaveLength(1);
  });

  it('are not required if the repository has only an obsolete entry for them (report 15)', async () => {
    const left = gitmodules.replace('code/lib', '../../etc') + gitmodules.replace('code/lib', '"gone"');
    const folder = await realpath(await folderWith({ '.gitmodules': left, 'a.py': '' }));
    expect(await collectFiles(folder)).toHaveLength(2);
  });
});
