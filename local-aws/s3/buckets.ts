import * as z from 'zod';
import { receiveText } from './body.ts';
import { findBucket, insertBucket, listStoredBuckets, removeBucket } from './bucket-index.ts';
import { type Operation, xmlReply } from './call.ts';
import { scanObjects } from './object-index.ts';
import { S3Error } from './s3-error.ts';
import { removeUpload, scanUploads } from './upload-index.ts';
import { parseXml, xmlDocument } from './xml.ts';

/** Maximum size of a CreateBucketConfiguration, which has a few short elements. */
const MAX_CONFIGURATION_BYTES = 16 * 1024;
const OWNER = { ID: 'local', DisplayName: 'local' };
const EVERYTHING = { from: Buffer.alloc(0), inclusive: true } as const;

const createBody = z.object({
  CreateBucketConfiguration: z.union([
    z.object({ LocationConstraint: z.string().optional() }),
    z.literal('').transform(() => ({ LocationConstraint: undefined })),
  ]),
});

/** CreateBucket. The location constraint is the region's name, or empty in us-east-1, as on AWS. */
export const createBucket: Operation = async ({ database, region }, call) => {
  assertBucketName(call.bucket);
  const text = call.headers.get('content-length') === '0' ? '' : await receiveOptionalText(call);
  const constraint = text
    ? parseXml(text, createBody).CreateBucketConfiguration.LocationConstraint
    : undefined;
  if (constraint !== (region === 'us-east-1' ? undefined : region)) {
    throw new S3Error(
      400,
      'IllegalLocationConstraintException',
      `the location constraint ${constraint ?? 'unspecified'} is not that of the region ${region}`,
    );
  }
  if (findBucket(database, call.bucket)) {
    throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'the bucket exists and is yours', {
      BucketName: call.bucket,
    });
  }
  insertBucket(database, call.bucket, Date.now());
  return { status: 200, headers: { location: `/${call.bucket}` } };
};

/** HeadBucket */
export const headBucket: Operation = ({ region }) => ({
  status: 200,
  headers: { 'x-amz-bucket-region': region, 'content-type': 'application/xml' },
});

/** GetBucketLocation */
export const getBucketLocation: Operation = ({ region }) => {
  const constraint = region === 'us-east-1' ? '' : region;
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
  return xmlReply(
    `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="${namespace}">${constraint}</LocationConstraint>`,
  );
};

/** ListBuckets, all buckets in one page. */
export const listBuckets: Operation = ({ database, region }, call) => {
  const prefix = call.query.get('prefix') ?? '';
  const buckets = listStoredBuckets(database).filter(({ name }) => name.startsWith(prefix));
  const Bucket = buckets.map(({ name, created }) => ({
    Name: name,
    CreationDate: new Date(created).toISOString(),
    BucketRegion: region,
  }));
  return xmlReply(xmlDocument('ListAllMyBucketsResult', { Buckets: { Bucket }, Owner: OWNER }));
};

/** DeleteBucket: only an empty bucket; its multipart uploads are aborted. */
export const deleteBucket: Operation = ({ database }, call) => {
  database.transaction((references) => {
    if (scanObjects(database, call.bucket, EVERYTHING, 1).length > 0) {
      throw new S3Error(409, 'BucketNotEmpty', 'the bucket is not empty', { BucketName: call.bucket });
    }
    for (const upload of scanUploads(database, call.bucket, EVERYTHING, { afterId: '', limit: -1 })) {
      removeUpload(database, references, upload.id);
    }
    removeBucket(database, call.bucket);
  });
  return { status: 204 };
};

function receiveOptionalText(call: Parameters<Operation>[1]): Promise<string> {
  const hasBody = call.headers.has('content-length') || call.headers.has('transfer-encoding');
  return hasBody ? receiveText(call, MAX_CONFIGURATION_BYTES) : Promise.resolve('');
}

/** Checks the name of a bucket (S3 User Guide, "General purpose bucket naming rules"). */
function assertBucketName(name: string): void {
  const valid = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..');
  if (!valid || /^\d+\.\d+\.\d+\.\d+$/.test(name) || /^(xn--|sthree-)|-s3alias$/.test(name)) {
    throw new S3Error(400, 'InvalidBucketName', 'the bucket name is not valid', { BucketName: name });
  }
}
