import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { inParallel } from '../../shared/parallel.ts';
import { copyFiles } from '../../shared/storage-volumes/copy-files.ts';
import { contentOf, fileOf } from '../../shared/storage-volumes/file-content.ts';
import { openVolume } from '../../shared/storage-volumes/open-volume.ts';
import type { StorageVolume } from '../../shared/storage-volumes/volume.ts';
import { parseVolumeConfig, volumeDocument } from '../../shared/storage-volumes/volume-config.ts';
import { useRunning } from '../running.ts';
import { folderVolume } from './folder-volume.ts';

/** The files of the folder `DIR` of flowServ's tests. */
const FILES = ['A.json', 'docs/D.json', 'examples/B.json', 'examples/C.json', 'examples/data/data.json'];
const IN_EXAMPLES = ['B.json', 'C.json', 'data/data.json'];

/** A server with an empty base for each volume. */
export interface VolumeServer {
  /** Returns a configuration whose base is empty, with another base at each call. */
  configuration(): Promise<unknown> | unknown;
  readonly secrets?: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const keysIn = async (volume: StorageVolume, prefix?: string | null): Promise<string[]> =>
  (await Array.fromAsync(volume.walk(prefix))).map(({ key }) => key).sort();

const textOf = async (volume: StorageVolume, key: string): Promise<string> =>
  Buffer.concat(await Array.fromAsync(contentOf(await volume.load(key)))).toString();

const fill = async (volume: StorageVolume, keys: readonly string[] = FILES) => {
  for (const key of keys) await volume.store(fileOf(`content of ${key}`), key);
};

export const openOn = async (server: Omit<VolumeServer, 'close'>): Promise<StorageVolume> =>
  openVolume(parseVolumeConfig(await server.configuration()), async (name) => server.secrets?.[name] ?? '');

/** The tests that every kind of storage volume passes. */
export function testVolume(kind: string, start: () => Promise<VolumeServer>): void {
  describe(`a storage volume on ${kind}`, () => {
    const server = useRunning(start, (running) => running.close());
    let volume: StorageVolume;
    const opened: StorageVolume[] = [];
    beforeEach(async () => {
      volume = await openOn(server);
      opened.push(volume);
    });
    afterAll(async () => {
      for (const one of opened) await one.close();
    });

    it('[M1] receives a copy of all files of another volume, and gives them back', async () => {
      const { volume: source, remove } = await folderVolume();
      await fill(source);
      expect(await copyFiles(source, volume)).toEqual(FILES);
      expect(await keysIn(volume)).toEqual(FILES);
      await source.erase();
      expect(await copyFiles(volume, source, { keys: '' })).toEqual(FILES);
      expect(await textOf(source, 'examples/data/data.json')).toBe('content of examples/data/data.json');
      await remove();
    });

    describe('with files', () => {
      beforeEach(() => fill(volume));

      it('[M2] copies a file and a folder to given paths', async () => {
        const target = volume.subVolume('copies');
        await copyFiles(volume, target, { keys: 'A.json', to: 'static/A.json' });
        await copyFiles(volume, target, { keys: 'examples/data', to: 'static/examples/data' });
        expect(await keysIn(target)).toEqual(['static/A.json', 'static/examples/data/data.json']);
        expect(await textOf(target, 'static/A.json')).toBe('content of A.json');
      });

      it('[M3] copies the content of a folder, with and without a final slash', async () => {
        const target = volume.subVolume('copies');
        await copyFiles(volume, target, { keys: ['examples'], to: 'static2' });
        await copyFiles(volume, target, { keys: ['examples/'], to: 'static3' });
        expect(await keysIn(target.subVolume('static2'))).toEqual(IN_EXAMPLES);
        expect(await keysIn(target.subVolume('static3'))).toEqual(IN_EXAMPLES);
      });

      it('[M4] copies all files below a folder', async () => {
        const target = volume.subVolume('copies');
        const lines: string[] = [];
        const report = (line: string) => lines.push(line);
        await copyFiles(volume, target, { to: 'sub/dir', report });
        expect(await keysIn(target)).toEqual(FILES.map((key) => `sub/dir/${key}`));
        expect(lines[0]).toBe(`Copy files from ${volume.describe()} to ${target.describe()}`);
        expect(lines).toContain('copied docs/D.json to sub/dir/docs/D.json');
      });

      it('rejects a copy of two files to one path before it writes anything', async () => {
        const target = volume.subVolume('copies');
        const copy = copyFiles(volume, target, { keys: ['A.json', 'docs/D.json'], to: 'one' });
        await expect(copy).rejects.toMatchObject({ code: 'path.conflict' });
        expect(await keysIn(target)).toEqual([]);
      });

      it.each([
        ['', 5],
        [null, 5],
        ['examples', 3],
        ['examples/', 3],
        ['examples/data', 1],
        ['docs/D.json', 1],
        ['docs/D.json/', 0],
        ['docs/E.json', 0],
        ['example', 0],
      ])('[M5, M10] walk(%j) finds %i files', async (prefix, count) => {
        expect(await keysIn(volume, prefix)).toHaveLength(count);
      });

      it('[M6] deletes a file and a folder, also if they are missing', async () => {
        await volume.delete('docs/D.json');
        await volume.delete('docs/D.json');
        await volume.delete('examples');
        await volume.delete('examples');
        expect(await keysIn(volume)).toEqual(['A.json']);
        await volume.delete('A.json');
        expect(await keysIn(volume)).toEqual([]);
        await volume.store(fileOf('again'), 'A.json');
        expect(await textOf(volume, 'A.json')).toBe('again');
      });

      it('[M7] reports an unknown file', async () => {
        await expect(volume.load('docs/E.json')).rejects.toThrow("unknown file 'docs/E.json'");
        await expect(volume.load('docs')).rejects.toMatchObject({ code: 'file.unknown' });
      });

      it('[M8] erases a sub-volume and nothing else', async () => {
        const docs = volume.subVolume('docs', 'documents');
        expect(docs.id).toBe('documents');
        expect(await keysIn(docs)).toEqual(['D.json']);
        await docs.erase();
        expect(await keysIn(docs)).toEqual([]);
        expect(await keysIn(volume)).toEqual(FILES.filter((key) => !key.startsWith('docs/')));
        await volume.erase();
        expect(await keysIn(volume)).toEqual([]);
      });

      it('[M9] opens again by the configuration of a sub-volume', async () => {
        const document = volumeDocument(volume.subVolume('examples').configuration());
        const again = await openOn({ ...server, configuration: () => document });
        opened.push(again);
        expect(await keysIn(again)).toEqual(IN_EXAMPLES);
        expect(JSON.stringify(document)).not.toMatch(/secret|password|private/i);
      });

      it('replaces a file', async () => {
        await volume.store(fileOf('longer than before, and then some'), 'A.json');
        await volume.store(fileOf(''), 'A.json');
        expect((await volume.load('A.json')).size).toBe(0);
        expect(await textOf(volume, 'A.json')).toBe('');
      });

      it('leaves a file unchanged if the content ends too early', async () => {
        const short = { ...fileOf('short'), size: 100 };
        await expect(volume.store(short, 'A.json')).rejects.toThrow(
          'a file of 100 bytes has a content of 5 bytes',
        );
        await expect(volume.store(short, 'new.json')).rejects.toThrow();
        expect(await textOf(volume, 'A.json')).toBe('content of A.json');
        expect(await keysIn(volume)).toEqual(FILES);
      });
    });

    it('never touches a/10 when it deletes a/1', async () => {
      await fill(volume, ['a/1/x', 'a/10/x', 'a/10.txt', 'a/1.txt', 'b/1', 'b/10']);
      await volume.delete('a/1');
      await volume.delete('b/1');
      expect(await keysIn(volume)).toEqual(['a/1.txt', 'a/10.txt', 'a/10/x', 'b/10']);
      expect(await keysIn(volume, 'a/1')).toEqual([]);
    });

    it.each(['../x', 'a/../../x', '/etc/passwd', 'a\\..\\x', 'a\0b', '..'])(
      'rejects the path %j',
      async (key) => {
        await fill(volume, ['x', 'sub/x']);
        const inside = volume.subVolume('sub');
        const unsafe = { code: 'path.unsafe' };
        await expect(inside.store(fileOf(''), key)).rejects.toMatchObject(unsafe);
        await expect(inside.load(key)).rejects.toMatchObject(unsafe);
        await expect(keysIn(inside, key)).rejects.toMatchObject(unsafe);
        await expect(inside.delete(key)).rejects.toMatchObject(unsafe);
        await expect(inside.mkdir(key)).rejects.toMatchObject(unsafe);
        expect(() => inside.subVolume(key)).toThrow('the path');
        await expect(copyFiles(volume, inside, { keys: 'x', to: key })).rejects.toMatchObject(unsafe);
        expect(await keysIn(volume)).toEqual(['sub/x', 'x']);
      },
    );

    it('keeps its base when someone deletes the empty path', async () => {
      await fill(volume, ['x']);
      for (const key of ['', '.', '/']) {
        await expect(volume.delete(key)).rejects.toThrow('the base of a storage volume cannot be deleted');
      }
      expect(await keysIn(volume)).toEqual(['x']);
    });

    it('keeps names with spaces, signs and letters of all languages', async () => {
      const keys = ['a b/ü+ß %41 &=#?.txt', "quote's/日本語.csv", 'x/~$[1]*.json'];
      await fill(volume, keys);
      expect(await keysIn(volume)).toEqual([...keys].sort());
      for (const key of keys) expect(await textOf(volume, key)).toBe(`content of ${key}`);
      for (const key of keys) await volume.delete(key);
      expect(await keysIn(volume)).toEqual([]);
    });

    it('lists and deletes more files than a page of a bucket has', async () => {
      const keys = Array.from({ length: 1001 }, (_, index) => `many/${String(index).padStart(4, '0')}`);
      await inParallel(keys, 8, (key) => volume.store(fileOf('x'), key));
      await fill(volume, ['many-2/x']);
      expect(await keysIn(volume, 'many')).toEqual(keys);
      await volume.delete('many');
      expect(await keysIn(volume)).toEqual(['many-2/x']);
    });

    it('creates folders, which are no files', async () => {
      await volume.mkdir('one/two');
      await volume.mkdir('one/two');
      expect(await keysIn(volume)).toEqual([]);
      await fill(volume, ['one/two/x']);
      expect(await keysIn(volume, 'one')).toEqual(['one/two/x']);
    });

    it('keeps a file above the size of one request', async () => {
      const block = Buffer.alloc(1024 * 1024, 'flowserv');
      const content = Buffer.concat(Array.from({ length: 9 }, () => block));
      await volume.store(fileOf(content), 'large/file.bin');
      const file = await volume.load('large/file.bin');
      expect(file.size).toBe(content.length);
      expect(Buffer.concat(await Array.fromAsync(contentOf(file))).equals(content)).toBe(true);
      expect(await keysIn(volume)).toEqual(['large/file.bin']);
    });
  });
}
