import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../../shared/client/error.ts';
import { uploadInParts } from '../../shared/client/multipart-upload.ts';
import { createTransport } from '../../shared/client/transport.ts';
import { keys } from '../../shared/store/keys.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Two full parts and a small one. */
const content = Buffer.alloc(17 * 1024 * 1024, 'no two parts of this file begin with the same letters; ');

describe('multipart uploads by the client', () => {
  const stack = useStack();
  let token = '';
  let group = '';
  /** Total of the pauses that the client requested, which the test skips. */
  const pauses: number[] = [];

  beforeAll(async () => {
    token = (await stack.user('alice')).token;
    await stack.install(fixture('hello-world'), { id: 'HW' });
  });
  beforeEach(async () => {
    group = await stack.group('HW', token, `Group ${Math.random()}`);
    pauses.length = 0;
  });

  const listed = async () => (await stack.request('GET', `/uploads/${group}/files`, { token })).json.files;
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const transport = () => ({ ...createTransport({ url: stack.url, token }), pause });
  const file = { content: new Blob([content]), name: 'names.txt', sha256: sha256(content) };

  it('resend a part whose connection breaks', async () => {
    const { put, ...others } = transport();
    let broken = 0;
    const unreliable = (url: string, part: Blob) => {
      broken += 1;
      return put(broken > 2 ? url : url.replace(/X-Amz-Signature=\w{4}/, 'X-Amz-Signature=0000'), part);
    };
    const progress: number[] = [];
    const onProgress = (bytes: number) => progress.push(bytes);
    const sent = await uploadInParts({ ...others, put: unreliable }, group, { ...file, onProgress });
    expect(await listed()).toEqual([sent]);
    expect(progress.at(-1)).toBe(content.length);
    expect(pauses.length).toBe(2);
  });

  it('continue after the connection is down for some requests', async () => {
    const { put, read, ...others } = transport();
    const down = new ApiError({ status: 0, code: 'connection.failed', message: 'cannot reach the server' });
    let requests = 0;
    const isDown = () => {
      requests += 1;
      return requests <= 3;
    };
    const sent = await uploadInParts(
      {
        ...others,
        put: async (url, part) => (isDown() ? Promise.reject(down) : put(url, part)),
        read: async (key, call) => {
          if (key === 'files:direct:parts' && isDown()) throw down;
          return read(key, call);
        },
      },
      group,
      { content: new Blob(['x']), name: 'x' },
    );
    expect(await listed()).toEqual([sent]);
    expect(pauses).toEqual([1000, 2000, 4000]);
  });

  it('retry completion if the response was lost', async () => {
    const { read, ...others } = transport();
    let lost = 0;
    const unreliable: typeof read = async (key, call) => {
      const response = await read(key, call);
      if (key !== 'files:direct:complete' || lost > 0) return response;
      lost += 1;
      throw new ApiError({ status: 0, code: 'connection.failed', message: 'cannot reach the server' });
    };
    const sent = await uploadInParts({ ...others, read: unreliable }, group, file);
    expect(await listed()).toEqual([sent]);
    expect([lost, pauses]).toEqual([1, [1000]]);
  });

  it('are aborted after five attempts, or immediately if the server rejects the upload', async () => {
    const { put, ...others } = transport();
    let begun = '';
    const nowhere = (url: string) => {
      begun = new URL(url).pathname.split('/').at(-1) ?? '';
      return put(`${stack.url}/nowhere`, new Blob([]));
    };
    const lost = uploadInParts({ ...others, put: nowhere }, group, { content: new Blob(['x']), name: 'x' });
    await expect(lost).rejects.toMatchObject({ status: 404 });
    expect(pauses).toEqual([1000, 2000, 4000, 8000]);
    pauses.length = 0;
    const other = uploadInParts(transport(), group, { ...file, sha256: sha256(Buffer.from('x')) });
    await expect(other).rejects.toMatchObject({ status: 400, code: 'upload.mismatch' });
    expect(pauses).toEqual([]);
    expect(begun).toHaveLength(32);
    expect(await stack.services.table.get(keys.multipartUpload(group, begun))).toBeUndefined();
    expect(await listed()).toEqual([]);
  });
});
