import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateClusterCommand, ECSClient, PutClusterCapacityProvidersCommand } from '@aws-sdk/client-ecs';
import {
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { clientOptions } from '../../shared/clients.ts';
import type { Config } from '../../shared/config.ts';
import { capacityProviders } from '../../shared/engine/next-step-protocol.ts';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import { WORK_DAYS } from '../../shared/volumes/work-days.ts';
import { bucketCors, PARTS_DAYS } from '../buckets.ts';
import { CLUSTER_NAME } from './names.ts';

/**
 * Creates the resources that the CDK app would create before the first request: table, buckets and cluster.
 *
 * @param expiry whether objects expire automatically
 */
export async function createResources(
  config: Config,
  { expiry }: { readonly expiry: boolean },
): Promise<void> {
  const dynamodb = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
  const s3 = new S3Client(clientOptions(config, config.endpoints.s3));
  const ecs = new ECSClient(clientOptions(config, config.endpoints.ecs));
  try {
    await createTable(dynamodb, config.table);
    await createCluster(ecs);
    for (const bucket of [config.dataBucket, config.workBucket]) await createBucket(s3, bucket);
    if (expiry) {
      await expire(s3, config.dataBucket, {});
      await expire(s3, config.workBucket, { Expiration: { Days: WORK_DAYS } });
    }
  } finally {
    dynamodb.destroy();
    s3.destroy();
    ecs.destroy();
  }
}

/** The providers of an existing cluster are set as well, because earlier releases created it without any. */
async function createCluster(client: ECSClient): Promise<void> {
  await client.send(new CreateClusterCommand({ clusterName: CLUSTER_NAME }));
  await client.send(
    new PutClusterCapacityProvidersCommand({
      cluster: CLUSTER_NAME,
      capacityProviders: [...capacityProviders],
      defaultCapacityProviderStrategy: [],
    }),
  );
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  try {
    await client.send(new DescribeTableCommand({ TableName }));
    return;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  const { partitionKey, sortKey, dueIndex, timeToLiveAttribute } = tableDefinition;
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const schema = (hash: string, range: string) => [
    { AttributeName: hash, KeyType: 'HASH' as const },
    { AttributeName: range, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey, dueIndex.partitionKey, dueIndex.sortKey].map(text),
      KeySchema: schema(partitionKey, sortKey),
      GlobalSecondaryIndexes: [
        {
          IndexName: dueIndex.name,
          KeySchema: schema(dueIndex.partitionKey, dueIndex.sortKey),
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: timeToLiveAttribute, Enabled: true },
    }),
  );
}

async function createBucket(client: S3Client, Bucket: string): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'BucketAlreadyOwnedByYou') throw error;
  }
  const { allowedMethods, allowedOrigins, allowedHeaders, exposedHeaders } = bucketCors;
  const CORSRules = [
    {
      AllowedMethods: [...allowedMethods],
      AllowedOrigins: [...allowedOrigins],
      AllowedHeaders: [...allowedHeaders],
      ExposeHeaders: [...exposedHeaders],
    },
  ];
  await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
}

/** @param expiry whether objects expire; parts of incomplete uploads always do */
async function expire(
  client: S3Client,
  Bucket: string,
  expiry: Pick<LifecycleRule, 'Expiration'>,
): Promise<void> {
  const rule: LifecycleRule = {
    ID: 'expire',
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: PARTS_DAYS },
    ...expiry,
  };
  const LifecycleConfiguration = { Rules: [rule] };
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }));
}
