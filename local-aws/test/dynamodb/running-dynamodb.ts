import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { type DynamoDbOptions, startDynamoDb } from '../../dynamodb/server.ts';

export const REGION = 'eu-central-1';
export const CREDENTIALS = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret' };

/** A single-table layout: two overloaded indexes, one with all attributes and one with a few. */
export const TABLE: CreateTableCommandInput = {
  TableName: 'main',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [
    { AttributeName: 'PK', KeyType: 'HASH' },
    { AttributeName: 'SK', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'PK', AttributeType: 'S' },
    { AttributeName: 'SK', AttributeType: 'S' },
    { AttributeName: 'GSI1PK', AttributeType: 'S' },
    { AttributeName: 'GSI1SK', AttributeType: 'S' },
    { AttributeName: 'score', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'GSI1',
      KeySchema: [
        { AttributeName: 'GSI1PK', KeyType: 'HASH' },
        { AttributeName: 'GSI1SK', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'by-score',
      KeySchema: [
        { AttributeName: 'GSI1PK', KeyType: 'HASH' },
        { AttributeName: 'score', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['name'] },
    },
  ],
};

export function clientOf(endpoint: string, credentials = CREDENTIALS): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}

export async function startOn(dataDir: string, options: Partial<DynamoDbOptions> = {}) {
  const server = await startDynamoDb({
    dataDir,
    port: 0,
    region: REGION,
    credentials: createCredentialLookup([CREDENTIALS]),
    ...options,
  });
  const client = clientOf(server.endpoint);
  const documents = DynamoDBDocumentClient.from(client);
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { endpoint: server.endpoint, port: server.port, client, documents, close };
}

/** A running server with the table above in its own folder: `stop` keeps the folder, `close` removes it. */
export async function startWithTable(options: Partial<DynamoDbOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'local-dynamodb-'));
  const running = await startOn(dataDir, options);
  await running.client.send(new CreateTableCommand(TABLE));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= running.close();
    return stopped;
  };
  const close = async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { ...running, dataDir, stop, close };
}

export type Running = Awaited<ReturnType<typeof startWithTable>>;

/** Runs a server with a table for the tests of a file. */
export function useTable(options: Partial<DynamoDbOptions> = {}): Running {
  const db = {} as Running;
  beforeAll(async () => void Object.assign(db, await startWithTable(options)));
  afterAll(() => db.close());
  return db;
}
