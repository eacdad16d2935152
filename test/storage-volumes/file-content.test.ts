import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { contentOf, fileOf } from '../../shared/storage-volumes/file-content.ts';

describe('the content of a file of a volume', () => {
  it('is read to its end', async () => {
    expect(await Array.fromAsync(contentOf(fileOf('abc')))).toEqual([Buffer.from('abc')]);
  });

  it.each([0, 10, Number.NaN])('is not read further than its size of %s bytes', async (size) => {
    let sent = 0;
    function* endless() {
      for (; sent < 1000; sent += 1) yield Buffer.alloc(8);
    }
    const file = { size, open: async () => Readable.from(endless(), { highWaterMark: 1 }) };
    await expect(Array.fromAsync(contentOf(file))).rejects.toThrow(
      `a file of ${size} bytes has a content of`,
    );
    expect(sent).toBeLessThan(10);
  });

  it('that is shorter than its size is an error', async () => {
    const file = { ...fileOf('abc'), size: 4 };
    await expect(Array.fromAsync(contentOf(file))).rejects.toThrow('has a content of 3 bytes');
  });
});
