import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeZip } from '../../shared/archives/zip.ts';
import { readZip } from './read-zip.ts';

const TIME = new Date('2026-03-29T02:30:10.500Z');

const member = (path: string, content: string | Buffer, size = Buffer.byteLength(content)) => ({
  path,
  size,
  async *open() {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  },
});
const zipOf = async (members: Parameters<typeof writeZip>[0]) =>
  Buffer.concat(await Array.fromAsync(writeZip(members, TIME)));

describe('a zip', () => {
  it('has all members in order with their bytes, also empty ones and names of all scripts', async () => {
    const large = 'line of text\n'.repeat(100_000);
    const { names, content, times } = readZip(
      await zipOf([member('a.txt', large), member('leer', ''), member('数据/ü b.txt', 'x')]),
    );
    expect(names).toEqual(['a.txt', 'leer', '数据/ü b.txt']);
    expect(content.get('a.txt')?.toString()).toBe(large);
    expect(content.get('leer')?.length).toBe(0);
    expect(content.get('数据/ü b.txt')?.toString()).toBe('x');
    expect(new Set(times)).toEqual(new Set(['2026 3 29 2 30 10']));
  });

  it('has the same bytes for the same members', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 3000 }), { maxLength: 5 }), async (texts) => {
        const members = texts.map((text, index) => member(`f${index}`, text));
        expect(await zipOf(members)).toEqual(await zipOf(members));
      }),
      { numRuns: 20 },
    );
  });

  it('fails if a member has another size, or cannot be read', async () => {
    await expect(zipOf([member('a', 'abc', 4)])).rejects.toThrow('unexpected number of bytes');
    const broken = {
      path: 'b',
      size: 1,
      // biome-ignore lint/correctness/useYield: a stream that fails at once
      async *open(): AsyncGenerator<Buffer> {
        throw new Error('cannot be read');
      },
    };
    await expect(zipOf([member('a', 'abc'), broken])).rejects.toThrow('cannot be read');
  });

  it('opens one member at a time, and none after its reader stopped', async () => {
    const opened: string[] = [];
    const members = ['a', 'b', 'c'].map((path) => {
      const content = member(path, Buffer.alloc(300_000, path));
      return {
        ...content,
        open() {
          opened.push(path);
          return content.open();
        },
      };
    });
    const zip = writeZip(members, TIME);
    await zip.next();
    expect(opened).toEqual(['a']);
    await zip.return(undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(opened).toEqual(['a']);
  });
});
