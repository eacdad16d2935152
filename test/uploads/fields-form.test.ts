import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFieldsForm } from '../../shared/uploads/fields-form.ts';

const TYPE = 'multipart/form-data; boundary=x';
const ENCODED = 'application/x-www-form-urlencoded';
const part = (disposition: string, content: string) =>
  `--x\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
const field = (name: string, content: string) => part(`name="${name}"`, content);
const file = (name: string, content: string) => part(`name="files"; filename="${name}"`, content);
const read = (...parts: readonly string[]) =>
  readFieldsForm(TYPE, Buffer.from([...parts, '--x--\r\n'].join('')), 'files');
const refused = expect.objectContaining({ status: 400 });

describe('a form with fields and files', () => {
  it('has each field once, and all files in their order', () => {
    const { fields, files } = read(field('a', '1'), file('b/c.txt', 'C'), field('é', 'ü'), file('d', ''));
    expect(fields).toEqual({ a: '1', é: 'ü' });
    expect(files.map(({ name, content }) => [name, content.toString()])).toEqual([
      ['b/c.txt', 'C'],
      ['d', ''],
    ]);
  });

  it('may have file names at its text fields, and an empty field instead of files', () => {
    const { fields, files } = read(part('name="a"; filename="a"', '1'), part('name="files"', ''));
    expect([fields, files]).toEqual([{ a: '1' }, []]);
  });

  it('is rejected if it is not text, a name is missing, or it has too many parts', () => {
    const many = (count: number, one: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => one(index));
    const forms = [
      [field('a', '1'), field('a', '2')],
      [field('', '1')],
      [field('__proto__', '1')],
      [part('', '1')],
      [field('a', '\ufffd')],
      [part('name="files"', 'content without a name')],
      [part('name="files"; filename=""', 'content without a name')],
      many(21, (index) => file(String(index), '')),
      many(21, (index) => field(String(index), '')),
    ];
    for (const form of forms) expect(() => read(...form), form[0]).toThrow(refused);
    const latin1 = Buffer.from(`${field('a', 'caf\u00e9')}--x--\r\n`, 'latin1');
    expect(() => readFieldsForm(TYPE, latin1, 'files')).toThrow(refused);
    for (const type of [undefined, '', 'application/json', 'text/plain', `${ENCODED}x`]) {
      expect(() => readFieldsForm(type, Buffer.from('a=1'), 'files'), type).toThrow(refused);
    }
  });

  it('returns any fields and files that a client sends', async () => {
    const name = fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abcXYZ09_.äß') });
    // A replacement character is rejected: a client lost text there.
    const text = fc.string({ maxLength: 50, unit: 'grapheme' }).filter((one) => !one.includes('\ufffd'));
    const fields = fc.dictionary(name, text, { maxKeys: 20 });
    const files = fc.dictionary(name, text, { maxKeys: 20 });
    await fc.assert(
      fc.asyncProperty(fields, files, async (texts, contents) => {
        const form = new FormData();
        for (const [key, value] of Object.entries(texts)) form.set(key, value);
        for (const [key, value] of Object.entries(contents))
          form.append('attached files', new Blob([value]), key);
        const request = new Request('http://localhost', { method: 'POST', body: form });
        const type = request.headers.get('content-type') ?? '';
        const body = Buffer.from(await request.arrayBuffer());
        const result = readFieldsForm(type, body, 'attached files');
        // FormData sends every line end as CRLF, and readers remove a byte order mark.
        const sent = (value: string) => value.replace(/\r\n|\r|\n/g, '\r\n').replace(/^\ufeff/, '');
        const expected = Object.entries(texts).map(([key, value]) => [key, sent(value)]);
        expect(Object.entries(result.fields)).toEqual(expected);
        expect(result.files.map((one) => [one.name, one.content.toString()])).toEqual(
          Object.entries(contents),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('a form in a URL encoding', () => {
  const decode = (text: string) => readFieldsForm(ENCODED, Buffer.from(text), 'files');

  it('has each field once', () => {
    expect(decode('a=1&b=%C3%BC+x&c=').fields).toEqual({ a: '1', b: 'ü x', c: '' });
    expect(decode('').fields).toEqual({});
  });

  it('is rejected if it has too many fields, one twice, or bytes that are not text', () => {
    for (const text of ['a=1&a=2', 'a=%FF', '&'.repeat(4_000_000), '__proto__=1']) {
      expect(() => decode(text), text.slice(0, 20)).toThrow(refused);
    }
  });
});
