import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { deleteBucket } from '../../../infra/teardown/data.ts';
import { checkDeletable } from '../../../infra/teardown/deletable.ts';

describe('a stage whose cluster has other tasks', () => {
  const stack = { id: 'arn', status: 'CREATE_COMPLETE', protected: false, isOwn: true, keepsTable: true };
  const foreignTasks = ['arn:aws:ecs:eu-central-1:123456789012:task/flowserv-dev/0a1b'];

  it('is not deleted, as its cluster could not be, and the error lists the tasks', () => {
    expect(() => checkDeletable('dev', { stack, foreignTasks, holders: [] })).toThrow(
      /tasks that do not belong to flowServ.*aws ecs stop-task --cluster flowserv-dev .*task\/flowserv-dev\/0a1b$/s,
    );
    expect(() => checkDeletable('dev', { stack, foreignTasks: [], holders: [] })).not.toThrow();
  });
});

describe('a bucket with versions', () => {
  it('loses its versions, delete markers and incomplete uploads before it is deleted', async () => {
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
