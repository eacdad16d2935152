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

/** A download whose connection breaks after its first bytes. */
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
  it('becomes a file and replaces an earlier one', async () => {
    await writeFile(at('x'), 'something longer than that');

    await saveDownload(new Response('bytes'), at('x'));

    expect(await readFile(at('x'), 'utf8')).toBe('bytes');
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('without content becomes an empty file', async () => {
    await saveDownload(new Response(null), at('x'));
    expect(await readFile(at('x'), 'utf8')).toBe('');
  });

  it('that fails leaves no file, and an earlier file unchanged', async () => {
    await writeFile(at('x'), 'earlier');

    await expect(saveDownload(broken(), at('x'))).rejects.toThrow(`cannot save '${at('x')}': line broken`);
    await expect(saveDownload(broken(), at('y'))).rejects.toThrow();

    expect(await readdir(folder)).toEqual(['x']);
    expect(await readFile(at('x'), 'utf8')).toBe('earlier');
  });

  it('is rejected if its folder does not exist', async () => {
    await expect(saveDownload(new Response('x'), at('none/x'))).rejects.toThrow(
      `the folder '${at('none')}' does not exist`,
    );
  });

  it('is written to a device without replacing it', async () => {
    await symlink('/dev/null', at('null'));
    await saveDownload(new Response('x'), at('null'));
    expect(await readFile(at('null'), 'utf8')).toBe('');
  });
});

describe('a file to upload', () => {
  it('gets the last part of its path as name', async () => {
    await writeFile(at('names.txt'), 'Alice\n');

    const { content, name } = await openUpload(at('names.txt'));

    expect(name).toBe('names.txt');
    expect(await content.text()).toBe('Alice\n');
  });

  it('is rejected if it does not exist or is a folder', async () => {
    await expect(openUpload(at('none'))).rejects.toThrow(`the file '${at('none')}' does not exist`);
    await expect(openUpload(folder)).rejects.toThrow(`'${folder}' is not a file`);
  });
});
