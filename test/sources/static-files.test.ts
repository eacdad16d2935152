import { describe, expect, it } from 'vitest';
import { collectFiles } from '../../shared/sources/static-files.ts';
import { folderOf } from '../examples/benchmark-folder.ts';

const DIR = folderOf('test/fixtures/dir');
const ALL = ['A.json', 'docs/D.json', 'examples/B.json', 'examples/C.json', 'examples/data/data.json'];

const pathsOf = async (list?: Parameters<typeof collectFiles>[1]) =>
  (await collectFiles(DIR, list)).map(({ path }) => path);

describe('the static files of a manifest', () => {
  it('M1: are all files of the source if none is listed', async () => {
    expect(await pathsOf()).toEqual(ALL);
  });

  it('M2: go to the target of their entry, a file as a file and a folder as a folder', async () => {
    const list = [
      { source: 'A.json', target: 'static/A.json' },
      { source: 'examples/data', target: 'static/examples/data' },
    ];
    expect(await pathsOf(list)).toEqual(['static/A.json', 'static/examples/data/data.json']);
  });

  it('M3: are the contents of a folder, with or without a trailing slash', async () => {
    const list = [
      { source: 'examples', target: 'static2' },
      { source: 'examples', target: 'static3/' },
    ];
    const below = ['B.json', 'C.json', 'data/data.json'];
    expect(await pathsOf(list)).toEqual([
      ...below.map((path) => `static2/${path}`),
      ...below.map((path) => `static3/${path}`),
    ]);
  });

  it('M4: can all go below one folder', async () => {
    expect(await pathsOf([{ source: '', target: 'sub/dir' }])).toEqual(ALL.map((path) => `sub/dir/${path}`));
  });

  it('M5: are the files at or below a path, and none if the path does not exist', async () => {
    const counts = [];
    for (const source of ['', 'examples', 'examples/data', 'docs/D.json', 'docs/E.json']) {
      counts.push((await pathsOf([{ source }])).length);
    }
    expect(counts).toEqual([5, 3, 1, 1, 0]);
  });

  it('have the most private access of all entries that match them, regardless of their target', async () => {
    const list = [
      { source: 'docs', access: 'private' as const },
      { source: '', target: 'all' },
      { source: 'examples', access: 'public' as const },
      { source: 'A.json', target: 'examples/B.json', access: 'private' as const },
    ];
    const files = await collectFiles(DIR, list);
    expect(files.map(({ path, access }) => `${path} ${access}`)).toEqual([
      'all/A.json private',
      'all/docs/D.json private',
      'all/examples/B.json steps',
      'all/examples/C.json steps',
      'all/examples/data/data.json steps',
      'docs/D.json private',
      'examples/B.json private',
      'examples/C.json steps',
      'examples/data/data.json steps',
    ]);
  });

  it('must exist if they are private', async () => {
    await expect(collectFiles(DIR, [{ source: 'docs/E.json', access: 'private' }])).rejects.toThrow(
      "the private entry 'docs/E.json' matches no file",
    );
  });
});
