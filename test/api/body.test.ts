import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancelRunBody, createGroupBody, loginBody, startRunBody } from '../../shared/api/bodies.ts';
import { readJsonBody } from '../../shared/api/body.ts';
import { PythonFloat } from '../../shared/documents/python-value.ts';
import { FlowservError } from '../../shared/errors.ts';

const login = { kind: 'json', schema: loginBody, optional: false } as const;
const cancel = { kind: 'json', schema: cancelRunBody, optional: true } as const;
const group = { kind: 'json', schema: createGroupBody, optional: false } as const;
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('readJsonBody', () => {
  it('names a missing and an unknown element', () => {
    expect(() => readJsonBody(login, bytes({ username: 'alice' }))).toThrow("missing element 'password'");
    const extra = { username: 'alice', password: 'secret', role: 'admin' };
    expect(() => readJsonBody(login, bytes(extra))).toThrow("unknown element 'role'");
  });

  it('never repeats the body in an error', () => {
    const error = (() => {
      try {
        return readJsonBody(login, bytes({ username: 5, password: 'top-secret' }));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(FlowservError);
    expect(String(error)).not.toContain('top-secret');
  });

  it('B10: rejects invalid JSON and a missing body', () => {
    expect(() => readJsonBody(login, bytes('{"username":'))).toThrow('not valid JSON');
    expect(() => readJsonBody(login, bytes(''))).toThrow('missing request body');
    expect(() => readJsonBody(login, bytes('[1]'))).toThrow('not a JSON object');
    expect(() => readJsonBody(login, Buffer.from([0xff, 0xfe]))).toThrow('not Unicode text');
  });

  it('accepts a byte order mark, and U+FFFD only as an escape, since unescaped it shows lost bytes (report 6)', () => {
    const body = (name: string) => `{"username": "${name}", "password": "x"}`;
    const read = (text: string, encoding: BufferEncoding = 'utf8') =>
      readJsonBody(login, Buffer.from(text, encoding)).username;
    expect(read(`\ufeff${body('zoë')}`)).toBe('zoë');
    expect(read(body('\\ufffd'))).toBe('\ufffd');
    for (const [text, encoding] of [
      [body('caf\ufffd'), 'utf8'],
      [body('café'), 'latin1'],
    ] as const) {
      expect(() => read(text, encoding)).toThrow('request body is not Unicode text');
    }
  });

  it('names an element that is null', () => {
    expect(() => readJsonBody(login, bytes({ username: null, password: 'x' }))).toThrow('missing user name');
    expect(() => readJsonBody(group, bytes({ name: null }))).toThrow('missing name');
  });

  it('keeps every digit of the element that is a value of the template language', () => {
    const start = { kind: 'json', schema: startRunBody, optional: true, exact: 'arguments' } as const;
    const text = '{"arguments": [18446744073709551616, 2.0, 2, 1e3], "config": {"workers": 2.0}}';
    expect(readJsonBody(start, bytes(text))).toEqual({
      arguments: [18446744073709551616n, new PythonFloat(2), 2, new PythonFloat(1000)],
      config: { workers: 2 },
    });
  });

  it('D4: reports members that are not a list', () => {
    expect(() => readJsonBody(group, bytes({ name: 'g', members: 'alice' }))).toThrow('members not a list');
  });

  it('J15, J17: accepts no body, an empty one, and a reason, but no other key', () => {
    expect(readJsonBody(cancel, bytes(''))).toEqual({});
    expect(readJsonBody(cancel, bytes({}))).toEqual({});
    expect(readJsonBody(cancel, bytes({ reason: 'wrong file' }))).toEqual({ reason: 'wrong file' });
    expect(() => readJsonBody(cancel, bytes({ messgae: 'x' }))).toThrow("unknown element 'messgae'");
  });

  it('returns an object or throws an error of the catalogue for any bytes', () => {
    const anything = fc.oneof(fc.json().map(Buffer.from), fc.uint8Array({ maxLength: 50 }).map(Buffer.from));
    fc.assert(
      fc.property(anything, (body) => {
        try {
          expect(readJsonBody(login, body)).toBeTypeOf('object');
        } catch (error) {
          expect(error).toBeInstanceOf(FlowservError);
        }
      }),
    );
  });
});
