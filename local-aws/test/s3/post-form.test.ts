import { request } from 'node:http';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, codeOf, type RunningS3, runS3 } from './running-s3.ts';
import { signedFields } from './signed-form.ts';

const Bucket = BUCKET;
let s3: RunningS3;

beforeAll(async () => {
  s3 = await runS3();
});
afterAll(() => s3.stop());
afterEach(() => expect(s3.errors).toEqual([]));

describe('the body of a form', () => {
  const send = (body: string | Uint8Array, boundary = 'b') =>
    fetch(`${s3.server.endpoint}/${Bucket}`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  const field = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ncontent\r\n';

  it.each([
    ['is not a form', 'nonsense', 'MalformedPOSTRequest'],
    ['has no file', `${field('key', 'k')}--b--\r\n`, 'InvalidArgument'],
    ['gives a field twice', `${field('key', 'k')}${field('KEY', 'l')}${file}--b--\r\n`, 'InvalidArgument'],
    [
      'has a field that is too long',
      `${field('key', 'k'.repeat(30_000))}${file}--b--\r\n`,
      'MaxPostPreDataLengthExceeded',
    ],
    [
      'has too many fields',
      `${Array.from({ length: 101 }, (_, i) => field(`f${i}`, '')).join('')}${file}--b--\r\n`,
      'MaxPostPreDataLengthExceeded',
    ],
    ['has its file first', `${file}${field('key', 'k')}--b--\r\n`, 'AccessDenied'],
    ['has its file elsewhere', `${file.replace('"file"', '"data"')}--b--\r\n`, 'InvalidArgument'],
  ])('is refused when it %s', async (_name, body, code) => {
    expect(await codeOf(await send(body))).toBe(code);
  });

  it('stores nothing when it ends in the middle of the file', async () => {
    const form = { conditions: [{ key: 'cut' }], fields: { key: 'cut' } };
    const fields = await signedFields(form);
    const head = Object.entries(fields).map(([name, value]) => field(name, value));
    const cut = `${head.join('')}${file}`.replace('content\r\n', 'cont');
    expect(await codeOf(await send(cut))).toBe('MalformedPOSTRequest');
    // The same, with a client that goes away before the length that it announced.
    s3.events.length = 0;
    const headers = {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': String(cut.length + 1000),
    };
    const outgoing = request(`${s3.server.endpoint}/${Bucket}`, { method: 'POST', headers });
    outgoing.on('error', () => undefined);
    outgoing.write(cut, () => outgoing.destroy());
    await expect.poll(() => s3.events.map(({ status }) => status)).toEqual([400]);
    const list = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'cut' }));
    expect(list.KeyCount).toBe(0);
  });
});
