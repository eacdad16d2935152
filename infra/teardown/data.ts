import {
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { keys } from '../../shared/store/keys.ts';
import { tableDefinition } from '../../shared/store/table-definition.ts';

/** Maximum time until a table is deleted; it usually takes minutes. */
const TABLE_SECONDS = 600;

/** Maximum number of times that a bucket is emptied, since its access logs may arrive hours later. */
const ROUNDS = 3;

export async function bucketExists(client: S3Client, Bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket }));
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/**
 * Deletes a bucket with all versions of its objects, their delete markers, and the parts of incomplete
 * uploads.
 *
 * @param done called with the number of objects after each page
 */
export async function deleteBucket(
  client: S3Client,
  Bucket: string,
  done: (number: number) => void,
): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await abortUploads(client, Bucket);
      await emptyBucket(client, Bucket, done);
      await client.send(new DeleteBucketCommand({ Bucket }));
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      const filled = error instanceof S3ServiceException && error.name === 'BucketNotEmpty';
      if (!filled || round === ROUNDS) throw error;
    }
  }
}

async function emptyBucket(client: S3Client, Bucket: string, done: (number: number) => void): Promise<void> {
  // Always the first page: its objects are deleted before the next one.
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket }),
    );
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    // Otherwise the same page would be listed forever.
    if (first) throw new Error(`S3 does not delete ${first.Key} of ${Bucket}: ${first.Message}`);
    done(Objects.length);
  }
}

async function abortUploads(client: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads) {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
  }
}

/** Undefined if the bucket does not exist. */
export async function findTable(
  client: DynamoDBClient,
  TableName: string,
): Promise<{ readonly isProtected: boolean } | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return { isProtected: Table?.DeletionProtectionEnabled === true };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Deletes a table and waits until that is done. With point-in-time recovery, AWS keeps a last backup for 35 days. */
export async function deleteTable(client: DynamoDBClient, TableName: string): Promise<void> {
  try {
    await client.send(new DeleteTableCommand({ TableName }));
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return;
    throw error;
  }
  await waitUntilTableNotExists({ client, maxWaitTime: TABLE_SECONDS, minDelay: 1 }, { TableName });
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Removes the item of a task definition from the table, if the table exists. */
export async function forgetFamily(client: DynamoDBClient, TableName: string, family: string): Promise<void> {
  const { pk, sk } = keys.taskDefinition(family);
  const Key = { [tableDefinition.partitionKey]: { S: pk }, [tableDefinition.sortKey]: { S: sk } };
  try {
    await client.send(new DeleteItemCommand({ TableName, Key }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
