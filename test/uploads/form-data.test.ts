import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileForm } from '../../shared/uploads/form-data.ts';

const TYPE = 'multipart/form-data; boundary=x';
const part = (field: string, name: string, content: string) =>
  `--x\r\ncontent-disposition: form-data; name="${field}"; filename="${name}"\r\n\r\n${content}\r\n`;
const END = '\r\n--x--\r\n';
const read = (...parts: readonly string[]) => readFileForm(TYPE, Buffer.from(parts.join('')));

describe('a form', () => {
  it('E3: has its file in the field `file` or `files`; other fields are ignored', () => {
    for (const field of ['file', 'files']) {
      const file = read(part('other', 'a', 'no'), part(field, 'names.txt', 'Ann'), '--x--\r\n');
      expect([file.name, file.content.toString()]).toEqual(['names.txt', 'Ann']);
    }
  });

  it('E3: is rejected without a file or file name', () => {
    expect(() => read(part('file', '', 'Ann'), '--x--\r\n')).toThrow('empty file name');
    const plain = '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nAnn\r\n--x--\r\n';
    expect(() => read(plain)).toThrow('no file request');
  });

  it.each([
    ['its file', [part('file', 'a', 'x')]],
    ['another field', [part('other', 'a', 'x')]],
    ['another field, after its file', [part('file', 'a', 'x'), part('other', 'b', 'x')]],
    ['a second file', [part('file', 'a', 'x'), part('file', 'b', 'x')]],
  ])('is rejected if it ends in the middle of %s', (_name, parts) => {
    expect(() => read(...parts)).toThrow(expect.objectContaining({ status: 400, code: 'upload.form' }));
  });

  it('keeps its content byte for byte, even if it looks like the end of a part', () => {
    for (const content of ['', '\r\n', '\r\n--xy\r\n', '\r\n--x-', 'a\r\n--x y\r\n', '\r\n\r\n']) {
      const form = `preamble\r\n${part('file', 'a', content)}--x \t\r\n\r\n\r\n--x--`;
      expect(read(form).content.toString()).toBe(content);
    }
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(any, (content) => {
        const form = Buffer.concat([
          Buffer.from(part('file', 'a', '').slice(0, -2)),
          content,
          Buffer.from(END),
        ]);
        expect(readFileForm(TYPE, form).content.equals(content)).toBe(true);
      }),
    );
  });

  it('is read or rejected in time linear in its length, for any bytes', () => {
    const pieces = fc.constantFrom(
      '--x',
      '\r\n',
      '--',
      '"',
      '\\',
      ';',
      'name="file"',
      ' ',
      'filename*=',
      "'",
      '%',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        try {
          read(...parts, END);
        } catch (error) {
          expect(error).toMatchObject({ status: 400 });
        }
      }),
    );
    for (const piece of ['\r\n--x', '"', '\\"', '; a', '%', ' "', '\\']) {
      const many = piece.repeat(30_000 / piece.length);
      expect(() => read(part('other', many, many.repeat(100)), END)).toThrow(
        /^(no file request|malformed form)$/,
      );
    }
  });
});
