import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import type { Operation } from './call.ts';
import { completeUpload } from './complete-upload.ts';
import { copyObject } from './copy.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from './cors.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './lifecycle.ts';
import { listObjects, listVersions } from './listing.ts';
import { abortUpload, createUpload, uploadPart, uploadPartCopy } from './multipart.ts';
import { deleteObject, deleteObjects, getObject, headObject, putObject } from './objects.ts';
import { notImplemented, S3Error } from './s3-error.ts';
import { listParts, listUploads } from './upload-listing.ts';

/** Operations by level, method, the query parameters that select them, and `copy` for x-amz-copy-source. */
export const OPERATIONS = {
  'service GET': { name: 'ListBuckets', run: listBuckets },
  'bucket PUT': { name: 'CreateBucket', run: createBucket },
  'bucket HEAD': { name: 'HeadBucket', run: headBucket },
  'bucket DELETE': { name: 'DeleteBucket', run: deleteBucket },
  'bucket GET list-type': { name: 'ListObjectsV2', run: listObjects },
  'bucket GET versions': { name: 'ListObjectVersions', run: listVersions },
  'bucket GET location': { name: 'GetBucketLocation', run: getBucketLocation },
  'bucket GET uploads': { name: 'ListMultipartUploads', run: listUploads },
  'bucket POST delete': { name: 'DeleteObjects', run: deleteObjects },
  'bucket GET cors': { name: 'GetBucketCors', run: getBucketCors },
  'bucket PUT cors': { name: 'PutBucketCors', run: putBucketCors },
  'bucket DELETE cors': { name: 'DeleteBucketCors', run: deleteBucketCors },
  'bucket GET lifecycle': { name: 'GetBucketLifecycleConfiguration', run: getBucketLifecycle },
  'bucket PUT lifecycle': { name: 'PutBucketLifecycleConfiguration', run: putBucketLifecycle },
  'bucket DELETE lifecycle': { name: 'DeleteBucketLifecycle', run: deleteBucketLifecycle },
  'object GET': { name: 'GetObject', run: getObject },
  'object HEAD': { name: 'HeadObject', run: headObject },
  'object PUT': { name: 'PutObject', run: putObject },
  'object PUT copy': { name: 'CopyObject', run: copyObject },
  'object DELETE': { name: 'DeleteObject', run: deleteObject },
  'object POST uploads': { name: 'CreateMultipartUpload', run: createUpload },
  'object PUT partNumber uploadId': { name: 'UploadPart', run: uploadPart },
  'object PUT partNumber uploadId copy': { name: 'UploadPartCopy', run: uploadPartCopy },
  'object POST uploadId': { name: 'CompleteMultipartUpload', run: completeUpload },
  'object GET uploadId': { name: 'ListParts', run: listParts },
  'object DELETE uploadId': { name: 'AbortMultipartUpload', run: abortUpload },
} satisfies Record<string, { name: string; run: Operation }>;

interface Route {
  readonly name: string;
  readonly run: Operation;
}

const ROUTES = new Map<string, Route>(Object.entries(OPERATIONS));

/** Query parameters that select an operation. A request with one that has no route is rejected, not ignored. */
const SELECTORS = new Set(
  `acl accelerate analytics attributes append cors delete encryption intelligent-tiering inventory legal-hold
  lifecycle list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable
  metadataTable metrics notification object-lock ownershipControls partNumber policy policyStatus
  publicAccessBlock renameObject replication requestPayment restore retention select select-type session tagging
  torrent uploadId uploads versionId versioning versions website`.split(/\s+/),
);

/**
 * Returns the operation of a request.
 *
 * @throws S3Error MethodNotAllowed; NotImplemented for an unsupported operation of S3
 */
export function findRoute(request: {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}): Route {
  const { method, bucket, key, query, headers } = request;
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const selectors = [...query.keys()].filter((name) => SELECTORS.has(name)).sort();
  const copy = level === 'object' && method === 'PUT' && headers.has('x-amz-copy-source') ? ['copy'] : [];
  const what = [level, method, ...selectors, ...copy].join(' ');
  const route = ROUTES.get(what);
  if (route) return route;
  if (!['GET', 'HEAD', 'PUT', 'POST', 'DELETE'].includes(method)) {
    throw new S3Error(405, 'MethodNotAllowed', 'the method is not allowed against this resource');
  }
  throw notImplemented(what);
}
