import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unpackZip } from '../../shared/installations/unpack.ts';
import { type HostileEntry, hostileZip } from './hostile-zip.ts';

/** Zips of organisers are unpacked in the function with the widest permissions. */
const folder = mkdtempSync(join(tmpdir(), 'flowserv-zips-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

const LIMITS = { files: 10, bytes: 100_000 };

/** Unpacks a zip; returns the folder. */
async function unpacked(zip: Buffer): Promise<string> {
  count += 1;
  const [path, target] = [join(folder, `${count}.zip`), join(folder, String(count))];
  writeFileSync(path, zip);
  await mkdir(target);
  await unpackZip(path, target, LIMITS);
  return target;
}

/** The message with which a zip is rejected. Nothing of it is on the disk. */
async function rejected(zip: Buffer): Promise<string> {
  const error = await unpacked(zip).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'source.zip' });
  return (error as Error).message;
}

const nothingWritten = () => readdirSync(join(folder, String(count)));

describe('a hostile zip', () => {
  it.each<[string, HostileEntry, RegExp]>([
    ['leaves the folder', { name: '../escaped' }, /relative path|'\.\.'/],
    ['leaves a folder of its own', { name: 'a/../../escaped' }, /relative path|'\.\.'/],
    ['has an absolute path', { name: '/tmp/escaped' }, /absolute/],
    ['has the path of another system', { name: 'C:/escaped' }, /absolute/],
    ['has backslashes', { name: '..\\escaped' }, /invalid characters|backslash/],
    ['has a control character in a name', { name: 'a\u0000b' }, /control character/],
    ['has a path that is too long', { name: 'a/'.repeat(600) }, /longer than/],
    ['has a link', { name: 'link', mode: 0o120777, content: '/etc/passwd' }, /link/],
    ['has a device', { name: 'device', mode: 0o060666 }, /link or not a file/],
    ['has a pipe', { name: 'pipe', mode: 0o010666 }, /link or not a file/],
    ['is encrypted', { name: 'secret', flags: 0x801 }, /encrypted/],
    ['is compressed in another way', { name: 'packed', method: 12 }, /compression method 12/],
    ['says that it is larger than permitted', { name: 'large', size: 100_001 }, /more than 100000 bytes/],
  ])('that %s is rejected before anything is written', async (_title, entry, message) => {
    expect(await rejected(hostileZip([{ name: 'fine' }, entry]))).toMatch(message);
    expect(nothingWritten()).toEqual([]);
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['the same name twice', ['a.txt', 'a.txt']],
    ['names that differ by case', ['Data/a.txt', 'data/A.TXT']],
    ['folders that differ by case', ['Data/a.txt', 'data/b.txt']],
    ['names that differ by their Unicode form', ['caf\u00e9', 'cafe\u0301']],
    ['a file that is a folder', ['a', 'a/b']],
    ['a folder that is a file', ['a/b', 'A']],
  ])('with %s is rejected', async (_title, names) => {
    expect(await rejected(hostileZip(names.map((name) => ({ name }))))).toMatch(/the same on some systems/);
    expect(nothingWritten()).toEqual([]);
  });

  it('is not unpacked beyond what it declares', async () => {
    const bomb = Buffer.alloc(50_000_000);
    const message = await rejected(hostileZip([{ name: 'bomb', content: bomb, size: 1000 }]));
    expect(message).toMatch(/too many bytes/);
    expect(statSync(join(folder, String(count), 'bomb')).size).toBeLessThanOrEqual(100_000);
    expect(await rejected(hostileZip([{ name: 'less', content: 'abc', size: 10 }]))).toMatch(
      /not enough bytes/,
    );
  });

  it('with many files, or entries that share their content, is rejected by their sum', async () => {
    const files = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }));
    expect(await rejected(hostileZip(files))).toMatch(/more than 10 files/);
    expect(await rejected(hostileZip(files.slice(0, 1), 60_000))).toMatch(/more than 10 files/);
    const halves = [1, 2, 3].map((index) => ({ name: `h${index}`, content: Buffer.alloc(40_000) }));
    expect(await rejected(hostileZip(halves))).toMatch(/more than 100000 bytes/);
  });

  it('that is damaged is rejected', async () => {
    expect(await rejected(hostileZip([{ name: 'a', crc: 1 }]))).toMatch(/checksum/);
    expect(await rejected(Buffer.from('not a zip'))).toMatch(/cannot be read/);
    const zip = hostileZip([{ name: 'a', content: 'x'.repeat(1000) }]);
    expect(await rejected(zip.subarray(0, zip.length - 30))).toMatch(/cannot be read/);
    zip.fill(255, 40, 60);
    expect(await rejected(zip)).toMatch(/cannot be read|checksum|bytes/);
  });
});

describe('a zip as tools make it', () => {
  it('is unpacked without folders, Git files and what macOS adds, and keeps which files are executable', async () => {
    const target = await unpacked(
      hostileZip([
        { name: 'folder/', content: '', mode: 0o040755 },
        { name: './folder/run.sh', content: '#!/bin/sh', mode: 0o104755 },
        { name: 'folder/data.csv', content: 'a,b', method: 0, mode: 0 },
        { name: '.git/config', content: '[core]\n\tfsmonitor = "touch /tmp/escaped"' },
        { name: 'folder/.GIT/hooks/post-checkout' },
        { name: '__MACOSX/folder/._data.csv' },
      ]),
    );
    expect(readdirSync(target, { recursive: true }).toSorted()).toEqual([
      'folder',
      'folder/data.csv',
      'folder/run.sh',
    ]);
    expect(readFileSync(join(target, 'folder/data.csv'), 'utf8')).toBe('a,b');
    const mode = (name: string) => statSync(join(target, name)).mode & 0o7777;
    expect([mode('folder/run.sh'), mode('folder/data.csv')]).toEqual([0o755, 0o644]);
  });
});
