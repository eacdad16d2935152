import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { deleteBucket } from '../../../infra/teardown/data.ts';
import { createPace } from '../../../infra/teardown/pace.ts';
import { namesOfStage } from '../../../infra/teardown/stage-names.ts';

describe('the names of a stage', () => {
  const { isMade } = namesOfStage('dev');
  const digest = '0123456789abcdef'.repeat(2);

  it('are those that the product gives machines and families of task definitions', () => {
    expect(isMade(`flowserv-dev-${digest}`)).toBe(true);
    expect(isMade(`flowserv-dev-${digest}01234567`)).toBe(true);
  });

  it('are none of another stage, and none that somebody else has chosen', () => {
    expect(isMade(`flowserv-dev2-${digest}`)).toBe(false);
    expect(isMade('flowserv-dev-nightly-backup')).toBe(false);
    expect(isMade(`my-flowserv-dev-${digest}`)).toBe(false);
  });
});

describe('a pace', () => {
  it('lets a burst pass at once, then waits, and has a burst again after a rest', async () => {
    let now = 0;
    const waits: number[] = [];
    const pace = createPace(2, 1, {
      now: () => now,
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        now += milliseconds;
      },
    });

    for (let call = 0; call < 4; call += 1) await pace();
    now += 60_000;
    for (let call = 0; call < 3; call += 1) await pace();

    expect(waits).toEqual([1000, 1000, 1000]);
  });
});

describe('a bucket with versions', () => {
  it('is emptied of versions, delete markers and abandoned parts before it is deleted', async () => {
    const pages = [
      '<Version><Key>a</Key><VersionId>v2</VersionId></Version><Version><Key>a</Key><VersionId>v1</VersionId></Version><DeleteMarker><Key>b</Key><VersionId>m1</VersionId></DeleteMarker>',
      '',
    ];
    const uploads = ['<Upload><Key>big</Key><UploadId>u1</UploadId></Upload>', ''];
    const calls: string[] = [];
    const named: (string | undefined)[] = [];
    const server = createServer(async (request, response) => {
      const { method, url = '' } = request;
      const { searchParams } = new URL(url, 'http://s3');
      calls.push(`${method} ${url.replace(/[?&]x-id=\w+/, '')}`);
      if (searchParams.has('versions')) {
        response.end(`<ListVersionsResult>${pages.shift()}</ListVersionsResult>`);
      } else if (method === 'GET') {
        response.end(`<ListMultipartUploadsResult>${uploads.shift()}</ListMultipartUploadsResult>`);
      } else if (method === 'POST') {
        const body = await text(request);
        named.push(...[...body.matchAll(/<VersionId>(\w+)/g)].map(([, version]) => version));
        response.end('<DeleteResult/>');
      } else response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = new S3Client({
      region: 'eu-central-1',
      endpoint: `http://127.0.0.1:${port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    });
    let deleted = 0;

    await deleteBucket(client, 'bucket', (number) => {
      deleted += number;
    });

    client.destroy();
    server.close();
    expect(deleted).toBe(3);
    expect(named).toEqual(['v2', 'v1', 'm1']);
    expect(calls).toEqual([
      'GET /bucket/?uploads=',
      'DELETE /bucket/big?uploadId=u1',
      'GET /bucket/?uploads=',
      'GET /bucket/?versions=',
      'POST /bucket/?delete=',
      'GET /bucket/?versions=',
      'DELETE /bucket/',
    ]);
  });
});
