import { describe, expect, it } from 'vitest';
import { readFileForm } from '../../shared/uploads/multipart.ts';

const TYPE = 'multipart/form-data; boundary=x';
const part = (field: string, name: string, content: string) =>
  `--x\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n${content}\r\n`;
const read = (...parts: readonly string[]) => readFileForm(TYPE, Buffer.from(parts.join('')));

describe('a form', () => {
  it('E3: has its file in `file` or `files`; other fields do not matter', async () => {
    for (const field of ['file', 'files']) {
      const file = await read(part('other', 'a', 'no'), part(field, 'names.txt', 'Ann'), '--x--\r\n');
      expect([file.name, file.content.toString()]).toEqual(['names.txt', 'Ann']);
    }
  });

  it('E3: has a file with a name', async () => {
    await expect(read(part('file', '', 'Ann'), '--x--\r\n')).rejects.toThrow('empty file name');
    const plain = '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nAnn\r\n--x--\r\n';
    await expect(read(plain)).rejects.toThrow('no file request');
  });

  it.each([
    ['its file', [part('file', 'a', 'x')]],
    ['another field', [part('other', 'a', 'x')]],
    ['another field, after its file', [part('file', 'a', 'x'), part('other', 'b', 'x')]],
    ['a second file', [part('file', 'a', 'x'), part('file', 'b', 'x')]],
  ])('that ends in the middle of %s is refused, and nothing else happens', async (_name, parts) => {
    await expect(read(...parts)).rejects.toMatchObject({ status: 400, code: 'upload.form' });
    // An error that nobody hears would end the process a moment later.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
