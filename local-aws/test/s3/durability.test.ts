import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { openBlobs } from '../../s3/blobs.ts';
import { startS3 } from '../../s3/server.ts';
import { BUCKET, clientOf, failure, KEYS, presign, REGION, startOn } from './running-s3.ts';

const Bucket = BUCKET;
const MIB = 1024 * 1024;
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-s3-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** Runs a session with a server on the folder, and closes the server afterwards. */
async function session<T>(
  work: (client: ReturnType<typeof clientOf>, endpoint: string) => Promise<T>,
): Promise<T> {
  const server = await startOn(dataDir);
  const client = clientOf(server);
  try {
    return await work(client, server.endpoint);
  } finally {
    client.destroy();
    await server.close();
  }
}

const files = async () =>
  (await readdir(join(dataDir, 'blobs'), { recursive: true })).filter((name) => name.includes('/')).length;

/** Total bytes of all files of the store. */
async function bytes(): Promise<number> {
  const names = await readdir(join(dataDir, 'blobs'), { recursive: true });
  const sizes = names
    .filter((name) => name.includes('/'))
    .map(async (name) => (await stat(join(dataDir, 'blobs', name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

describe('a restart', () => {
  it('keeps objects, their headers, and unfinished uploads', async () => {
    // Prepare
    const UploadId = await session(async (client) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept', Metadata: { a: '1' } }));
      const upload = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
      const part = { Bucket, Key: 'parts', UploadId: upload.UploadId, PartNumber: 1, Body: 'part' };
      await client.send(new UploadPartCommand(part));
      return upload.UploadId;
    });
    // Act
    const { kept, parts } = await session(async (client) => {
      const object = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
      const Parts = [{ PartNumber: 1, ETag: createHash('md5').update('part').digest('hex') }];
      const input = { Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } };
      await client.send(new CompleteMultipartUploadCommand(input));
      const joined = await client.send(new GetObjectCommand({ Bucket, Key: 'parts' }));
      return {
        kept: [await object.Body?.transformToString(), object.Metadata],
        parts: await joined.Body?.transformToString(),
      };
    });
    // Assess
    expect(kept).toEqual(['kept', { a: '1' }]);
    expect(parts).toBe('part');
  });

  it('removes files that a crash left behind', async () => {
    await session(async (client) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
    });
    await mkdir(join(dataDir, 'blobs', '0a'), { recursive: true });
    await writeFile(join(dataDir, 'blobs', '0a', `0a${'0'.repeat(30)}`), 'half an upload');
    expect(await files()).toBe(2);
    const text = await session(async (client) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
      return Body?.transformToString();
    });
    expect([await files(), text]).toEqual([1, 'kept']);
  });

  it('fails while another server uses the folder', async () => {
    await session(async () => {
      await expect(startOn(dataDir)).rejects.toThrow('another process');
    });
  });

  it('keeps objects also with durable writes', async () => {
    const options = { dataDir, port: 0, region: REGION, credentials: createCredentialLookup([KEYS]) };
    const server = await startS3(options);
    const client = clientOf(server);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'durable' }));
    client.destroy();
    await server.close();
    const text = await session(async (next) => {
      const { Body } = await next.send(new GetObjectCommand({ Bucket, Key: 'k' }));
      return Body?.transformToString();
    });
    expect(text).toBe('durable');
  });
});

describe('the files of a store', () => {
  it('are removed with the last object that shares them', async () => {
    await session(async (client) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'shared' }));
      await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'b' }));
      expect([await files(), await Body?.transformToString()]).toEqual([1, 'shared']);
      await client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'other' }));
      const upload = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
      const named = { Bucket, Key: 'parts', UploadId: upload.UploadId };
      await client.send(new UploadPartCommand({ ...named, PartNumber: 1, Body: 'part' }));
      await client.send(new UploadPartCommand({ ...named, PartNumber: 1, Body: 'again' }));
      await client.send(new AbortMultipartUploadCommand(named));
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
    });
    expect(await files()).toBe(0);
  });

  it('are removed when an upload fails', async () => {
    await session(async (client, endpoint) => {
      await client.send(new CreateBucketCommand({ Bucket }));
      const wrong = new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
      expect(await failure(client.send(wrong))).toBe('BadDigest');
      // A client that disconnects in the middle.
      const server = { endpoint, port: 0, sweep: () => undefined, close: async () => undefined };
      const url = await presign(server, `/${Bucket}/gone`, { method: 'PUT' });
      const outgoing = request(url, { method: 'PUT', headers: { 'content-length': '100000' } });
      outgoing.on('error', () => undefined);
      outgoing.write('the beginning');
      await expect.poll(() => files()).toBe(1);
      outgoing.destroy();
      await expect.poll(() => files()).toBe(0);
      expect(await failure(client.send(new GetObjectCommand({ Bucket, Key: 'gone' })))).toBe('NoSuchKey');
    });
  });

  it('are kept while they are read, and removed afterwards', async () => {
    const blobs = openBlobs(join(dataDir, 'blobs'), false);
    const { blob } = await blobs.write((sink) => sink(Buffer.from('content')));
    const segments = [{ blob, start: 0, size: 7 }];
    const release = blobs.pin(segments);
    blobs.discard([blob]);
    await blobs.settle();
    const read: Buffer[] = [];
    for await (const chunk of blobs.read(segments, 2, 3)) read.push(chunk);
    expect(Buffer.concat(read).toString()).toBe('nte');
    release();
    await blobs.settle();
    expect(await files()).toBe(0);
  });
});

describe('the folders of files', () => {
  it('are made when they are needed, and found again', async () => {
    const folder = join(dataDir, 'blobs');
    const made = () => readdir(folder).then((found) => found.sort());
    const blobs = openBlobs(folder, true);
    expect(await made()).toEqual([]);
    const write = (text: string) => blobs.write((sink) => sink(Buffer.from(text)));
    const written = await Promise.all(Array.from({ length: 20 }, (_, index) => write(String(index))));
    const names = written.map(({ blob }) => blob);
    const prefixes = [...new Set(names.map((name) => name.slice(0, 2)))].sort();
    expect(await made()).toEqual(prefixes);

    const again = openBlobs(folder, true);
    await again.sweep((name) => name === names[0]);
    expect(await made()).toEqual(prefixes);
    expect(await files()).toBe(1);
    const read = await Array.fromAsync(again.read([{ blob: names[0] ?? '', start: 0, size: 1 }], 0, 1));
    expect(Buffer.concat(read).toString()).toBe('0');
  });
});

describe('large objects', () => {
  it('are read completely while they are overwritten', async () => {
    await session(async (client) => {
      // Prepare
      await client.send(new CreateBucketCommand({ Bucket }));
      const version = (letter: string) => Buffer.alloc(8 * MIB, letter);
      const put = (letter: string) =>
        client.send(new PutObjectCommand({ Bucket, Key: 'big', Body: version(letter) }));
      await put('a');
      // Act: readers that started but paused, then writers, then the rest of the readers
      const readers = await Promise.all(
        Array.from({ length: 4 }, () => client.send(new GetObjectCommand({ Bucket, Key: 'big' }))),
      );
      await Promise.all(['b', 'c', 'd'].map(put));
      const mixed = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          if (index % 2) await put('e');
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'big' }));
          return Buffer.from((await Body?.transformToByteArray()) ?? []);
        }),
      );
      // Assess
      for (const { Body } of readers) {
        const data = Buffer.from((await Body?.transformToByteArray()) ?? []);
        expect(data.equals(version('a'))).toBe(true);
      }
      for (const data of mixed) expect(data.equals(version(data.toString('utf8', 0, 1)))).toBe(true);
    });
  });

  it('of 64 MiB are written to the disk while they arrive', async () => {
    await session(async (client) => {
      // Prepare
      await client.send(new CreateBucketCommand({ Bucket }));
      const block = randomBytes(MIB);
      const hash = createHash('sha256');
      async function* blocks() {
        for (let count = 0; count < 64; count++) {
          // Sends the second half only when the first is on the disk, except for data in transit.
          if (count === 32) await expect.poll(() => bytes()).toBeGreaterThan(28 * MIB);
          hash.update(block);
          yield block;
        }
      }
      // Act
      const Body = Readable.from(blocks(), { objectMode: false });
      await client.send(new PutObjectCommand({ Bucket, Key: '64', Body, ContentLength: 64 * MIB }));
      const got = await client.send(new GetObjectCommand({ Bucket, Key: '64' }));
      const received = createHash('sha256');
      if (!(got.Body instanceof Readable)) throw new Error('the body is not a stream');
      for await (const chunk of got.Body) received.update(chunk);
      // Assess
      expect(received.digest('hex')).toBe(hash.digest('hex'));
    });
  });

  it('of 64 MiB are read from the disk no faster than the client receives them', async () => {
    await session(async (client) => {
      // Prepare
      await client.send(new CreateBucketCommand({ Bucket }));
      const body = randomBytes(64 * MIB);
      await client.send(new PutObjectCommand({ Bucket, Key: '64', Body: body }));
      const before = process.memoryUsage().arrayBuffers;
      // Act: a client that does not read, while others are served
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: '64' }));
      for (let count = 0; count < 50; count++) {
        await client.send(new HeadObjectCommand({ Bucket, Key: '64' }));
      }
      const held = process.memoryUsage().arrayBuffers - before;
      // Assess
      expect(held).toBeLessThan(16 * MIB);
      const data = Buffer.from((await Body?.transformToByteArray()) ?? []);
      expect(data.equals(body)).toBe(true);
    });
  });
});
