import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openUpload, saveDownload } from '../../shared/client/local-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowserv-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** A download that breaks off after its first bytes. */
const broken = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('half of '));
      },
      pull(controller) {
        controller.error(new Error('line broken'));
      },
    }),
  );

describe('a download', () => {
  it('becomes a file, in place of an earlier one', async () => {
    await writeFile(at('x'), 'something longer than that');

    await saveDownload(new Response('bytes'), at('x'));

    expect(await readFile(at('x'), 'utf8')).toBe('bytes');
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('of no bytes becomes an empty file', async () => {
    await saveDownload(new Response(null), at('x'));
    expect(await readFile(at('x'), 'utf8')).toBe('');
  });

  it('that breaks off leaves nothing, and an earlier file as it was', async () => {
    await writeFile(at('x'), 'earlier');

    await expect(saveDownload(broken(), at('x'))).rejects.toThrow(`cannot save '${at('x')}': line broken`);
    await expect(saveDownload(broken(), at('y'))).rejects.toThrow();

    expect(await readdir(folder)).toEqual(['x']);
    expect(await readFile(at('x'), 'utf8')).toBe('earlier');
  });

  it('needs its folder', async () => {
    await expect(saveDownload(new Response('x'), at('none/x'))).rejects.toThrow(
      `the folder '${at('none')}' does not exist`,
    );
  });

  it('is written into a device instead of replacing it', async () => {
    await symlink('/dev/null', at('null'));
    await saveDownload(new Response('x'), at('null'));
    expect(await readFile(at('null'), 'utf8')).toBe('');
  });
});

describe('a file to upload', () => {
  it('has the last part of its path as name', async () => {
    await writeFile(at('names.txt'), 'Alice\n');

    const { content, name } = await openUpload(at('names.txt'));

    expect(name).toBe('names.txt');
    expect(await content.text()).toBe('Alice\n');
  });

  it('must be there, and a file', async () => {
    await expect(openUpload(at('none'))).rejects.toThrow(`the file '${at('none')}' does not exist`);
    await expect(openUpload(folder)).rejects.toThrow(`'${folder}' is not a file`);
  });
});
