import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, codeOf, type RunningS3, runS3 } from './running-s3.ts';
import { type Form, multipart, signedFields } from './signed-form.ts';

const Bucket = BUCKET;
let s3: RunningS3;

beforeAll(async () => {
  s3 = await runS3();
});
afterAll(() => s3.stop());
afterEach(() => expect(s3.errors).toEqual([]));

async function post(form: Form): Promise<Response> {
  const body = multipart(await signedFields(form), form);
  const url = `${s3.server.endpoint}/${form.bucket ?? Bucket}`;
  return fetch(url, { method: 'POST', body, redirect: 'manual' });
}

async function outcome(form: Form): Promise<string> {
  const response = await post(form);
  return response.ok ? `stored ${response.status}` : codeOf(response);
}

async function read(Key: string) {
  const { Body, ...rest } = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  return { text: await Body?.transformToString(), ...rest };
}

describe('a form that keeps to its policy', () => {
  it('stores the file under its key, with its type, metadata and checksum', async () => {
    const sha256 = createHash('sha256').update('a,b\n').digest('base64');
    const form = {
      conditions: [
        ['starts-with', '$key', 'uploads/g1/'],
        ['starts-with', '$Content-Type', 'text/'],
        ['eq', '$x-amz-meta-group', 'g1'],
        { 'x-amz-checksum-sha256': sha256 },
        { success_action_status: '201' },
        ['content-length-range', 1, 100],
      ],
      fields: {
        key: 'uploads/g1/${filename}',
        'Content-Type': 'text/csv',
        'x-amz-meta-group': 'g1',
        'x-amz-checksum-sha256': sha256,
        success_action_status: '201',
      },
      file: 'a,b\n',
      filename: 'my dätä.csv',
    };
    const response = await post(form);
    expect([response.status, await response.text()]).toEqual([
      201,
      expect.stringContaining('<Key>uploads/g1/my dätä.csv</Key>'),
    ]);
    expect(await read('uploads/g1/my dätä.csv')).toMatchObject({
      text: 'a,b\n',
      ContentType: 'text/csv',
      Metadata: { group: 'g1' },
      ETag: `"${createHash('md5').update('a,b\n').digest('hex')}"`,
    });
  });

  it('answers 204 or a redirect, as the form asks', async () => {
    expect(await outcome({ conditions: [{ key: 'a' }], fields: { key: 'a' } })).toBe('stored 204');
    const target = 'http://127.0.0.1:1/done?x=1';
    const response = await post({
      conditions: [{ key: 'r' }, { success_action_redirect: target }],
      fields: { key: 'r', success_action_redirect: target },
    });
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ x: '1', bucket: Bucket, key: 'r' });
  });

  it('cannot leave the key that it is given by the name of its file', async () => {
    const form = {
      conditions: [['starts-with', '$key', 'in/']],
      fields: { key: 'in/${filename}' },
      filename: '../../out.csv',
    };
    expect(await outcome(form)).toBe('stored 204');
    expect((await read('in/out.csv')).text).toBe('content');
  });

  it('may hold a large file', async () => {
    const file = Buffer.alloc(5 * 1024 * 1024 + 3, 'large ');
    const form = { conditions: [{ key: 'large' }], fields: { key: 'large' }, file };
    expect(await outcome(form)).toBe('stored 204');
    expect((await read('large')).ETag).toBe(`"${createHash('md5').update(file).digest('hex')}"`);
  });
});

describe('a form that violates its policy', () => {
  const key = { key: 'refused' };

  it.each<[string, string, Form]>([
    ['another key', 'AccessDenied', { conditions: [{ key: 'a' }], fields: { key: 'b' } }],
    [
      'a key with another start',
      'AccessDenied',
      { conditions: [['starts-with', '$key', 'a/']], fields: { key: 'b/a/' } },
    ],
    [
      'another type',
      'AccessDenied',
      {
        conditions: [key, ['starts-with', '$Content-Type', 'image/']],
        fields: { ...key, 'Content-Type': 'text/html' },
      },
    ],
    [
      'a list of types of which one is another',
      'AccessDenied',
      {
        conditions: [key, ['starts-with', '$Content-Type', 'image/']],
        fields: { ...key, 'Content-Type': 'image/png,text/html' },
      },
    ],
    ['a field that is missing', 'AccessDenied', { conditions: [key, { 'x-amz-meta-a': '1' }], fields: key }],
    [
      'a field without a condition',
      'AccessDenied',
      { conditions: [key], fields: { ...key, 'x-amz-meta-a': '1' } },
    ],
    ['no condition for the key', 'AccessDenied', { conditions: [], fields: key }],
    ['another bucket', 'AccessDenied', { conditions: [key, { bucket: 'other' }], fields: key }],
    [
      'a field bucket that is another',
      'AccessDenied',
      { conditions: [key, ['starts-with', '$bucket', '']], fields: { ...key, bucket: 'other' } },
    ],
    [
      'a file that is too large',
      'EntityTooLarge',
      { conditions: [key, ['content-length-range', 0, 6]], fields: key },
    ],
    [
      'a file that is too small',
      'EntityTooSmall',
      { conditions: [key, ['content-length-range', 8, 100]], fields: key },
    ],
    [
      'a range that another one narrows',
      'EntityTooLarge',
      {
        conditions: [key, ['content-length-range', 0, 100], ['content-length-range', '0', '6']],
        fields: key,
      },
    ],
    [
      'a file with another checksum',
      'BadDigest',
      {
        conditions: [key, ['starts-with', '$x-amz-checksum-crc32', '']],
        fields: { ...key, 'x-amz-checksum-crc32': 'AAAAAA==' },
      },
    ],
    ['expired', 'AccessDenied', { conditions: [key], fields: key, expiration: '2020-01-01T00:00:00Z' }],
    [
      'an expiration that is no time',
      'InvalidPolicyDocument',
      { conditions: [key], fields: key, expiration: 'never' },
    ],
    [
      'a condition that is none',
      'InvalidPolicyDocument',
      { conditions: [key, ['ends-with', '$key', 'd']], fields: key },
    ],
    [
      'two fields in one condition',
      'InvalidPolicyDocument',
      { conditions: [{ ...key, acl: 'private' }], fields: key },
    ],
    ['a wrong secret', 'SignatureDoesNotMatch', { conditions: [key], fields: key, secret: 'wrong' }],
    ['no key', 'InvalidArgument', { conditions: [], fields: {} }],
    ['a bucket that does not exist', 'NoSuchBucket', { conditions: [key], fields: key, bucket: 'no-such' }],
    [
      'a key that is too long',
      'KeyTooLongError',
      { conditions: [['starts-with', '$key', 'k']], fields: { key: 'k'.repeat(1025) } },
    ],
  ])('is refused: %s', async (_name, code, form) => {
    expect(await outcome(form)).toBe(code);
    const list = await s3.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'refused' }));
    expect(list.KeyCount).toBe(0);
  });

  it('is refused when the policy was changed after signing', async () => {
    const form = { conditions: [key], fields: key };
    const fields = await signedFields(form);
    const other = await signedFields({ ...form, conditions: [['starts-with', '$key', '']] });
    const body = multipart({ ...fields, Policy: other.Policy ?? '' }, form);
    const response = await fetch(`${s3.server.endpoint}/${Bucket}`, { method: 'POST', body });
    expect(await codeOf(response)).toBe('SignatureDoesNotMatch');
  });

  it('is refused without a policy, and without a part of what authenticates it', async () => {
    const fields = await signedFields({ conditions: [key], fields: key });
    for (const missing of [
      'Policy',
      'X-Amz-Signature',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Algorithm',
    ]) {
      const { [missing]: _removed, ...rest } = fields;
      const body = multipart(rest, {});
      const response = await fetch(`${s3.server.endpoint}/${Bucket}`, { method: 'POST', body });
      expect(await codeOf(response)).toBe('AccessDenied');
    }
  });
});
