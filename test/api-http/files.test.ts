import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { rawRequest } from './raw-request.ts';
import { stored } from './stored.ts';

const LIMIT = 4_300_000;
/** A form with a file of this size stays within the limit of a request. */
const FILE_LIMIT = LIMIT - 10_000;
const stack = useStack({
  env: {
    FLOWSERV_READ_ACCESS: 'public',
    ROB_WEBAPI_CONTENTLENGTH: String(LIMIT),
    FLOWSERV_UPLOAD_LIMIT: String(FILE_LIMIT),
  },
});
let alice: { id: string; token: string };
let bob: { id: string; token: string };
let group: string;

/** Downloads need no token here, as in the original. */
beforeAll(async () => {
  [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
  await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
  group = await stack.group('HWP', alice.token, 'Alice');
});

const get = (path: string, options: { token?: string; headers?: Record<string, string> } = {}) =>
  stack.request('GET', path, options);
const upload = (name: string, content: string, { id = group, token = alice.token, field = 'file' } = {}) =>
  stack.upload(id, token, name, content, field);
const list = async (id: string) => (await get(`/uploads/${id}/files`, { token: alice.token })).json.files;
const remove = (id: string, fileId: string, token: string) =>
  stack.request('DELETE', `/uploads/${id}/files/${fileId}`, { token });

/** Sends a form exactly as given, byte for byte. */
const form = (body: string | Buffer, contentType: string | undefined = 'multipart/form-data; boundary=b') =>
  rawRequest(stack.url, {
    method: 'POST',
    path: `${new URL(stack.url).pathname}/uploads/${group}/files`,
    headers: { api_key: alice.token, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
    body,
  });
const part = (headers: string, content: string) => `--b\r\n${headers}\r\n\r\n${content}\r\n`;
const disposition = (parameters: string) => `Content-Disposition: form-data; ${parameters}`;

describe('uploads', () => {
  it('E1, E2: accept a form with either field name', async () => {
    for (const field of ['file', 'files']) {
      const { status, json } = await upload('names.txt', 'Zoë\n', { field });
      expect(status).toBe(201);
      expect(json).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        name: 'names.txt',
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/),
        size: 5,
      });
    }
  });

  it('E3, E11: are rejected without a file or file name', async () => {
    const before = await stored(stack.services);
    const empty = new FormData();
    empty.set('other', new Blob(['x']), 'names.txt');
    const other = await stack.request('POST', `/uploads/${group}/files`, { token: alice.token, form: empty });
    expect([other.status, other.json.message]).toEqual([400, 'no file request']);
    for (const name of [' ', '..', '/', '\t', '\u200b', '___']) {
      const rejected = await upload(name, 'x');
      expect([rejected.status, rejected.json.message]).toEqual([400, 'empty file name']);
    }
    const unnamed = part(
      `${disposition('name="file"; filename=""')}\r\nContent-Type: application/octet-stream`,
      'x',
    );
    expect((await form(`${unnamed}--b--\r\n`)).json()).toMatchObject({ message: 'empty file name' });
    expect((await upload('x'.repeat(600), 'x')).json.message).toBe('invalid name');
    expect((await upload('names.txt', 'x', { id: 'unknown' })).status).toBe(404);
    expect(await stored(stack.services)).toEqual(before);
  });

  it('are rejected if the body is not a form, or the form is malformed', async () => {
    const before = await stored(stack.services);
    const file = part(disposition('name="file"; filename="a.txt"'), 'content');
    const rejected = await Promise.all([
      form(''),
      form('', 'multipart/form-data'),
      form(`${file}--b--\r\n`, 'multipart/form-data'),
      form(`${file}--b--\r\n`, 'multipart/form-data; boundary='),
      form(`${file}--b--\r\n`, 'multipart/form-data; boundary=other'),
      form(`${file}--b--\r\n`, 'text/plain'),
      form(`${file}--b--\r\n`, 'application/json'),
      form(`${file}--b--\r\n`, `x/${'y'.repeat(3000)}`),
      form('file=content', 'application/x-www-form-urlencoded'),
      form(file),
      form(file.slice(0, 40)),
      form('--b\r\n'),
      form('--b--\r\n'),
      form(Buffer.from([0x2d, 0x2d, 0x62, 0xff, 0xfe, 0x00, 0x0d, 0x0a])),
      form(part('Content-Disposition: form-data', 'x')),
      form(part('no header at all', 'x')),
      form(part(`${'X-Long: y\r\n'.repeat(2000)}`, 'x')),
      form(`${part(disposition('name="x"'), 'y').repeat(5000)}--b--\r\n`),
      form(`${part(disposition('name="__proto__"; filename="a.txt"'), 'y')}--b--\r\n`),
    ]);
    for (const { status, json } of rejected) {
      expect(status).toBe(400);
      expect(json().message).toMatch(/^(no file request|malformed form)$/);
    }
    expect(await stored(stack.services)).toEqual(before);
  });

  it('accept forms as clients write them', async () => {
    const typed = part(disposition('name="file_type"'), 'text/plain');
    const file = part(disposition('name="file"; filename="a.txt"'), 'content');
    const latin = part(disposition("name=file; filename*=UTF-8''%e2%82%ac%20rates.csv"), 'a,b');
    for (const [body, name] of [
      [`${file}--b--`, 'a.txt'],
      [`preamble\r\n${typed}${file}--b--\r\nepilogue`, 'a.txt'],
      [`${file}${part(disposition('name="files"; filename="second.txt"'), 'x')}--b--\r\n`, 'a.txt'],
      [`${latin}--b--\r\n`, 'rates.csv'],
      [`${part(disposition('name="file"; filename="empty.txt"'), '')}--b--\r\n`, 'empty.txt'],
    ] as const) {
      const response = await form(body);
      expect(response.status).toBe(201);
      expect(response.json().name).toBe(name);
    }
  });

  it('E4: are rejected above the limit, by the API and by the gateway', async () => {
    for (const size of [LIMIT, 5_000_000, 11_000_000]) {
      const rejected = await upload('large.bin', 'x'.repeat(size));
      expect([rejected.status, rejected.json.message]).toEqual([413, expect.any(String)]);
    }
    expect((await upload('large.bin', 'x'.repeat(FILE_LIMIT))).status).toBe(201);
    expect((await upload('large.bin', 'x'.repeat(FILE_LIMIT + 1))).json).toMatchObject({
      code: 'upload.too-large',
      message: expect.stringContaining(`above the limit of ${FILE_LIMIT} bytes; ask the operator`),
    });
    expect((await upload('large.bin', 'x'.repeat(LIMIT))).json.message).toBe(
      `request body above the limit of ${LIMIT} bytes; send a larger file in parts: POST uploads/{userGroupId}/direct`,
    );
  });

  it('E5, E10: are listed until they are deleted one by one', async () => {
    const id = await stack.group('HWP', alice.token, 'E5');
    expect(await list(id)).toEqual([]);
    const files = [await upload('same.txt', 'one', { id }), await upload('same.txt', 'two', { id })];
    const ids = files.map(({ json }) => json.id);
    expect(new Set(ids).size).toBe(2);
    expect((await list(id)).map((file: { id: string }) => file.id).sort()).toEqual(ids.toSorted());
    for (const fileId of ids) {
      expect((await remove(id, fileId, alice.token)).status).toBe(204);
      expect((await remove(id, fileId, alice.token)).status).toBe(404);
      expect((await get(`/uploads/${id}/files/${fileId}`)).status).toBe(404);
    }
    expect(await list(id)).toEqual([]);
    expect((await stored(stack.services)).filter((item) => item.includes(`/${id}/`))).toEqual([]);
  });

  it('E6: are listed, created and deleted by members only', async () => {
    const { json } = await upload('names.txt', 'x');
    const before = await stored(stack.services);
    expect((await get(`/uploads/${group}/files`, { token: bob.token })).status).toBe(403);
    expect((await get(`/uploads/${group}/files`)).status).toBe(403);
    for (const token of [bob.token, 'unknown', '']) {
      expect((await remove(group, json.id, token)).status).toBe(403);
      expect((await upload('names.txt', 'x', { token })).status).toBe(403);
    }
    expect(await stored(stack.services)).toEqual(before);
  });

  it('E12: are stored under names without folders and accents', async () => {
    for (const [given, name] of [
      ['../na mesé.txt', 'na_mese.txt'],
      ['../../etc/passwd', 'etc_passwd'],
      ['C:\\data\\x.csv', 'C_data_x.csv'],
      ['.hidden', 'hidden'],
      ['__proto__', 'proto'],
    ]) {
      expect((await upload(given ?? '', 'x')).json.name).toBe(name);
    }
    const keys = (await stored(stack.services)).filter((item) => item.includes('/files/'));
    for (const key of keys) expect(key).toMatch(/\/groups\/[0-9a-f]{32}\/files\/[0-9a-f]{32}$/);
  });
});

describe('downloads of uploads', () => {
  it('E7, E18: need no token, and return the bytes as they were sent', async () => {
    const { json } = await upload('names.txt', 'Zoë\r\nBob\n');
    const response = await get(`/uploads/${group}/files/${json.id}`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(response.status).toBe(200);
    expect(response.text).toBe('Zoë\r\nBob\n');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=names.txt');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('content-length')).toBe('10');
  });

  it('E8: find the file only in its own group', async () => {
    const { json } = await upload('names.txt', 'x');
    const other = await stack.group('HWP', alice.token, 'E8');
    for (const fileId of [json.id, 'unknown', '..', 'META', `${json.id}x`, 'x'.repeat(1500)]) {
      const response = await get(`/uploads/${other}/files/${fileId}`);
      expect(response.status, fileId.slice(0, 50)).toBe(404);
    }
    expect((await get(`/uploads/${other}/files/${json.id}`)).json.message).toBe(`unknown file '${json.id}'`);
    expect((await get(`/uploads/unknown/files/${json.id}`)).json.message).toBe("unknown group 'unknown'");
  });

  it('E9: have the media type of their file name', async () => {
    for (const [name, type] of [
      ['A.json', 'application/json'],
      ['page.HTML', 'text/html; charset=utf-8'],
      ['data', 'application/octet-stream'],
      ['x.constructor', 'application/octet-stream'],
    ]) {
      const { json } = await upload(name ?? '', '{}');
      const { headers } = await get(`/uploads/${group}/files/${json.id}`);
      expect(headers.get('content-type')).toBe(type);
      expect(headers.get('content-disposition')).toMatch(/^attachment; /);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('return any bytes, of any size', async () => {
    for (const size of [0, 1, 4_194_304, 4_250_000]) {
      const content = Buffer.alloc(size, Buffer.from([0, 255, 13, 10, 128]));
      const body = new FormData();
      body.set('file', new Blob([content]), 'some.bin');
      const { json } = await stack.request('POST', `/uploads/${group}/files`, {
        token: alice.token,
        form: body,
      });
      expect(json.size).toBe(size);
      const response = await get(`/uploads/${group}/files/${json.id}`);
      expect(response.status).toBe(200);
      expect(sha256(response.bytes)).toBe(sha256(content));
      expect(response.headers.get('content-type')).toBe('application/octet-stream');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename=some.bin');
    }
  });

  it('redirect to a link for this object only if it is large, which a browser may follow', async () => {
    const { json } = await upload('large.txt', 'x'.repeat(4_200_000));
    const redirect = await fetch(`${stack.url}/uploads/${group}/files/${json.id}`, {
      redirect: 'manual',
      headers: { origin: 'http://localhost:3000' },
    });
    expect(redirect.status).toBe(302);
    expect(redirect.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    const location = redirect.headers.get('location') ?? '';
    const followed = await fetch(location, { headers: { origin: 'null' } });
    expect([followed.status, followed.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    await followed.body?.cancel();
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(location.replace(json.id, '0'.repeat(32)))).status).toBe(403);
  });
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
