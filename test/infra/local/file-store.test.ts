import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rejectFileStore } from '../../../infra/aws/file-store.ts';
import { chosenFileStore, openFileStore } from '../../../infra/local/file-store.ts';
import { readVolumeFile } from '../../../infra/volume-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowserv-file-store-'));
afterAll(() => rmSync(folder, { recursive: true }));
const made = () => mkdtempSync(join(folder, 'f-'));

const configuration = (text: string, name = 'volume.yaml') => {
  const file = join(made(), name);
  writeFileSync(file, text);
  return file;
};

describe('FLOWSERV_FILESTORE', () => {
  const chosen = (file: string) => chosenFileStore({ FLOWSERV_FILESTORE: file });

  it.each([
    ['volume.yaml', 'id: files\nargs:\n  - {key: basedir, value: /srv/files}\n'],
    ['volume.json', '{"type": "fs", "id": "files", "args": {"basedir": "/srv/files"}}'],
  ])('[N2] names a file with the configuration of a storage volume: %s', async (name, text) => {
    const file = configuration(text, name);
    expect(await readVolumeFile(file)).toEqual({
      id: 'files',
      location: { type: 'fs', basedir: '/srv/files' },
      files: [],
    });
    expect(await chosen(file)).toBe('/srv/files');
  });

  it('is optional', async () => {
    expect(await chosenFileStore({})).toBeUndefined();
    expect(await chosen('')).toBeUndefined();
  });

  it.each([
    ['type: s3\nargs: {bucket: b}', "has type 's3', but only fs is possible"],
    ['type: gc\nargs: {bucket: b}', "has type 'gc', but only fs is possible"],
    ['type: ftp', "FLOWSERV_FILESTORE: .*invalid value 'ftp' for storage volume type"],
    ['{', 'FLOWSERV_FILESTORE: '],
  ])('rejects %j with a sentence', async (text, message) => {
    await expect(chosen(configuration(text))).rejects.toThrow(new RegExp(message));
    await expect(chosen(join(folder, 'missing'))).rejects.toThrow(
      /FLOWSERV_FILESTORE: the file '.*' does not exist/u,
    );
  });

  it('is rejected for a stage on AWS', () => {
    expect(() => rejectFileStore({ FLOWSERV_FILESTORE: 'x' })).toThrow('in S3, in buckets of its own');
    expect(() => rejectFileStore({})).not.toThrow();
  });
});

describe('the folder of the files of a local server', () => {
  /** A data folder after its first start. */
  const started = (chosen?: string) => {
    const dataDir = made();
    openFileStore(dataDir, chosen);
    mkdirSync(join(dataDir, 'dynamodb'));
    return dataDir;
  };

  it('is s3/ in the data folder by default, and stays', () => {
    const dataDir = started();
    expect(openFileStore(dataDir, undefined)).toBe(join(dataDir, 's3'));
  });

  it('is created by the first start', () => {
    const chosen = join(made(), 'new', 'files');
    const dataDir = started(chosen);
    expect(openFileStore(dataDir, chosen)).toBe(chosen);
    expect(existsSync(join(dataDir, 's3'))).toBe(false);
  });

  it('must be the one with the files, which can be moved', () => {
    const dataDir = started();
    const chosen = join(made(), 'files');
    const message = /does not have the files of this server. Move the whole content/;
    expect(() => openFileStore(dataDir, chosen)).toThrow(message);
    renameSync(join(dataDir, 's3'), chosen);
    expect(openFileStore(dataDir, chosen)).toBe(chosen);
    expect(() => openFileStore(dataDir, undefined)).toThrow(message);
    expect(existsSync(join(dataDir, 's3'))).toBe(false);
  });

  it('is never shared by two servers', () => {
    const chosen = made();
    started(chosen);
    expect(() => openFileStore(made(), chosen)).toThrow('has the files of another server');
  });

  it('of an older release is marked', () => {
    const dataDir = made();
    for (const name of ['dynamodb', 's3']) mkdirSync(join(dataDir, name));
    writeFileSync(join(dataDir, 's3', 'index.sqlite'), '');
    expect(openFileStore(dataDir, undefined)).toBe(join(dataDir, 's3'));
    expect(readdirSync(join(dataDir, 's3'))).toEqual(['file-store.json', 'index.sqlite']);
  });

  it('must be empty and writable for a new server', () => {
    const chosen = made();
    writeFileSync(join(chosen, 'thesis.txt'), '');
    expect(() => openFileStore(made(), chosen)).toThrow('is not empty; choose an empty one');
    expect(() => openFileStore(made(), '/proc/files')).toThrow('the folder /proc/files cannot be written');
    // A crash in the middle of the first start.
    const crashed = made();
    writeFileSync(join(crashed, 'file-store.json.new'), '{');
    expect(openFileStore(made(), crashed)).toBe(crashed);
  });
});
