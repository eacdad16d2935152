import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  HttpMethods,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import { MAX_LINK_SECONDS } from '../../shared/volumes/presign.ts';
import { WORK_DAYS } from '../../shared/volumes/work-days.ts';
import { bucketCors, PARTS_DAYS } from '../buckets.ts';
import { asBucket } from './interfaces.ts';
import type { Stage } from './stage.ts';

export interface Data {
  readonly table: TableV2;
  /** Everything that a user may read again; versioned. */
  readonly dataBucket: Bucket;
  /** Everything that a run needs between its steps; expires. */
  readonly workBucket: Bucket;
  /** Access logs of the buckets and of CloudFront. */
  readonly logBucket: Bucket;
}

/** Days for which a replaced or deleted object of `data` can be restored. */
const OLD_VERSION_DAYS = 30;

/**
 * Everything that holds state. CloudFormation generates the names, so resources that outlive a deleted stack do not
 * conflict with the next one. The buckets always outlive it: CloudFormation deletes empty buckets only.
 */
export function createData(parent: Construct, stage: Stage): Data {
  const scope = new Construct(parent, 'Data');
  const logBucket = createLogBucket(scope, stage);
  return {
    table: createTable(scope, stage),
    dataBucket: createBucket(scope, 'DataBucket', logBucket, {
      versioned: true,
      lifecycleRules: [
        { ...abandonedParts, noncurrentVersionExpiration: Duration.days(OLD_VERSION_DAYS) },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    }),
    workBucket: createBucket(scope, 'WorkBucket', logBucket, {
      lifecycleRules: [{ ...abandonedParts, expiration: Duration.days(WORK_DAYS) }],
    }),
    logBucket,
  };
}

/** Retained when the stack is deleted, but not when its first deployment fails: they hold no data then. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

function createTable(scope: Construct, { production, protected: isProtected }: Stage): TableV2 {
  const { partitionKey, sortKey, dueIndex, timeToLiveAttribute } = tableDefinition;
  const text = (name: string) => ({ name, type: AttributeType.STRING });
  return new TableV2(scope, 'Table', {
    partitionKey: text(partitionKey),
    sortKey: text(sortKey),
    billing: Billing.onDemand(),
    timeToLiveAttribute,
    globalSecondaryIndexes: [
      {
        indexName: dueIndex.name,
        partitionKey: text(dueIndex.partitionKey),
        sortKey: text(dueIndex.sortKey),
        projectionType: ProjectionType.KEYS_ONLY,
      },
    ],
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: isProtected,
    removalPolicy: production ? KEPT : RemovalPolicy.DESTROY,
  });
}

const abandonedParts = { id: 'expire', abortIncompleteMultipartUploadAfter: Duration.days(PARTS_DAYS) };

/** Private, encrypted, TLS only; `props` adds the rest. */
const closed = {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  removalPolicy: KEPT,
} satisfies BucketProps;

function createBucket(scope: Construct, id: string, logBucket: Bucket, props: BucketProps): Bucket {
  const bucket = new Bucket(scope, id, {
    ...closed,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    cors: [
      {
        allowedMethods: bucketCors.allowedMethods.map((method) => HttpMethods[method]),
        allowedOrigins: [...bucketCors.allowedOrigins],
        allowedHeaders: [...bucketCors.allowedHeaders],
        exposedHeaders: [...bucketCors.exposedHeaders],
      },
    ],
    serverAccessLogsBucket: asBucket(logBucket),
    serverAccessLogsPrefix: `s3/${id}/`,
    ...props,
  });
  bucket.addToResourcePolicy(oldLinks(bucket));
  return bucket;
}

/**
 * Limits the age of links to the longest lifetime that the product uses, for every signer. Requests that are signed in
 * their headers have no such age and are not affected (Amazon S3, "Signature Version 4 policy keys").
 */
function oldLinks(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'RefuseOldLinks',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['s3:*'],
    resources: [bucket.arnForObjects('*')],
    conditions: { NumericGreaterThan: { 's3:signatureAge': String(MAX_LINK_SECONDS * 1000) } },
  });
}

function createLogBucket(scope: Construct, { logDays }: Stage): Bucket {
  return new Bucket(scope, 'LogBucket', {
    ...closed,
    // CloudFront's standard logging writes with an access control list.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ ...abandonedParts, expiration: Duration.days(logDays) }],
  });
}
