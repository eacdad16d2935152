import * as z from 'zod';
import type { Demand, Mapping } from './need.ts';

/** Actions of S3 by operation (Service Authorization Reference, "Amazon S3"; S3, "Required permissions"). */
export const s3Demands: Readonly<Record<string, Mapping>> = {
  GetObject: (call) => reading(call),
  HeadObject: (call) => reading(call),
  PutObject: ({ input }) => [onObject('PutObject', object.parse(input))],
  CopyObject: (call) => copying(call),
  // Each step of a multipart upload, except aborting it, is writing the object (S3, "Multipart upload API and
  // permissions").
  CreateMultipartUpload: ({ input }) => [onObject('PutObject', object.parse(input))],
  UploadPart: ({ input }) => [onObject('PutObject', object.parse(input))],
  CompleteMultipartUpload: ({ input }) => [onObject('PutObject', object.parse(input))],
  ListParts: ({ input }) => [onObject('ListMultipartUploadParts', object.parse(input))],
  AbortMultipartUpload: ({ input }) => [onObject('AbortMultipartUpload', object.parse(input))],
  DeleteObject: ({ input }) => [onObject('DeleteObject', object.parse(input))],
  DeleteObjects({ input }) {
    const { Bucket, Keys } = objects.parse(input);
    return Keys.map((Key) => onObject('DeleteObject', { Bucket, Key }));
  },
  ListObjectsV2: ({ input }) => [listing(bucket.parse(input).Bucket)],
};

const bucket = z.object({ Bucket: z.string().min(1) });
const object = bucket.extend({ Key: z.string().min(1) });
const copy = object.extend({ CopySource: z.string().min(1) });
const objects = bucket.extend({ Keys: z.array(z.string().min(1)) });

/**
 * S3 reveals that an object is absent only to callers that may list the bucket; to others it is forbidden (Amazon S3
 * API reference, GetObject, "Permissions"). A client that follows a link has to treat both as an error.
 */
function reading({ input, error, byLink }: Parameters<Mapping>[0]): Demand[] {
  const read = object.parse(input);
  const asksWhetherAbsent = error === '404' && !byLink;
  return [onObject('GetObject', read), ...(asksWhetherAbsent ? [listing(read.Bucket)] : [])];
}

/** A copy reads one object and writes another (Amazon S3 API reference, CopyObject, "Permissions"). */
function copying({ input, error }: Parameters<Mapping>[0]): Demand[] {
  const { CopySource, ...target } = copy.parse(input);
  const [Bucket = '', ...path] = decodeURIComponent(CopySource).replace(/^\//, '').split('/');
  const source = reading({ input: { Bucket, Key: path.join('/') }, error });
  return [...source, onObject('PutObject', target)];
}

const onObject = (action: string, { Bucket, Key }: z.output<typeof object>): Demand => ({
  action: `s3:${action}`,
  resource: `arn:aws:s3:::${Bucket}/${Key}`,
  context: {},
});

const listing = (name: string): Demand => ({
  action: 's3:ListBucket',
  resource: `arn:aws:s3:::${name}`,
  context: {},
});
