import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileOf } from '../../shared/storage-volumes/file-content.ts';
import type { StorageVolume } from '../../shared/storage-volumes/volume.ts';
import { keysIn } from './contract.ts';
import { folderVolume } from './folder-volume.ts';

describe('links in a volume on a file system', () => {
  let volume: StorageVolume;
  let base: string;
  let outside: string;
  let clean: () => Promise<void>;
  beforeEach(async () => {
    const made = await folderVolume();
    [base, outside] = [join(made.folder, 'base'), join(made.folder, 'base-2')];
    for (const folder of [base, outside]) mkdirSync(folder);
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    writeFileSync(join(base, 'own.txt'), 'own');
    volume = made.volume.subVolume('base');
    clean = made.remove;
  });
  afterEach(() => clean());

  it('are not followed out of the volume', async () => {
    symlinkSync(outside, join(base, 'link'));
    const unsafe = { code: 'path.unsafe' };
    await expect(volume.load('link/secret.txt')).rejects.toMatchObject(unsafe);
    await expect(volume.store(fileOf('x'), 'link/new/secret.txt')).rejects.toMatchObject(unsafe);
    await expect(volume.delete('link/secret.txt')).rejects.toMatchObject(unsafe);
    await expect(volume.mkdir('link/new')).rejects.toMatchObject(unsafe);
    await expect(keysIn(volume, 'link/secret.txt')).rejects.toMatchObject(unsafe);
    expect(readdirSync(outside)).toEqual(['secret.txt']);
  });

  it('are neither listed nor loaded', async () => {
    symlinkSync(outside, join(base, 'link'));
    symlinkSync(join(outside, 'secret.txt'), join(base, 'secret.txt'));
    expect(await keysIn(volume)).toEqual(['own.txt']);
    expect(await keysIn(volume, 'link')).toEqual([]);
    await expect(volume.load('secret.txt')).rejects.toMatchObject({ code: 'file.unknown' });
  });

  it('are replaced or removed without a change of their target', async () => {
    symlinkSync(join(outside, 'secret.txt'), join(base, 'secret.txt'));
    symlinkSync(outside, join(base, 'link'));
    await volume.store(fileOf('own'), 'secret.txt');
    await volume.delete('link');
    await volume.erase();
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
    expect(readdirSync(base)).toEqual([]);
  });

  it('to a missing folder outside do not create it', async () => {
    symlinkSync(join(outside, 'missing'), join(base, 'link'));
    await expect(volume.store(fileOf('x'), 'link/x')).rejects.toThrow();
    await expect(volume.mkdir('link/x')).rejects.toThrow();
    expect(readdirSync(outside)).toEqual(['secret.txt']);
  });
});

it('leaves out what an interrupted write left', async () => {
  const { volume, folder, remove } = await folderVolume();
  writeFileSync(join(folder, `.${randomUUID()}.flowserv-partial`), 'half');
  writeFileSync(join(folder, 'own.flowserv-partial'), 'whole');
  expect(await keysIn(volume)).toEqual(['own.flowserv-partial']);
  await remove();
});
