import { join } from 'node:path';
import { type createFaults, startDynamoDb, startS3, startSes } from '@flowserv/local-aws';
import { observingS3 } from './calls.ts';
import type { CallContext, CloudOptions } from './cloud-options.ts';
import { accountRegion, REGION } from './names.ts';

/** Options of the services that store data. */
export interface StorageOptions
  extends Pick<
      CloudOptions,
      'dataDir' | 'filesDir' | 'host' | 'hosts' | 'start' | 'dynamodb' | 's3' | 'onFault' | 'onCall'
    >,
    CallContext {
  readonly faults: ReturnType<typeof createFaults>;
  /** Closed in reverse order with everything else. */
  readonly opened: AsyncDisposableStack;
}

/** Starts DynamoDB, S3 and SES. */
export async function startStorage(options: StorageOptions) {
  const { dataDir, start, credentials, interceptors, opened } = options;
  const dynamodb = options.dynamodb ?? (await startTable(options));
  const s3 = options.s3 ?? (await startBuckets(options));
  const ses = await start('ses', (port) =>
    startSes({ outboxDir: join(dataDir, 'outbox'), port, region: REGION, credentials, interceptors }),
  );
  opened.adopt(ses, close);
  return { dynamodb, s3, ses: ses.endpoint };
}

/** Starts the local S3; returns its address. */
async function startBuckets(options: StorageOptions) {
  const { filesDir, host, hosts, start, onFault, onCall, credentials, callerOf, opened } = options;
  const server = await start('s3', (port) =>
    startS3({
      dataDir: filesDir,
      host,
      hosts,
      port,
      region: REGION,
      credentials,
      onError: (error) => onFault(`S3: ${error}`),
      // As in the other services, a killed process loses nothing, and a power failure the last moments at most.
      durable: false,
      ...(onCall ? { onRequest: observingS3(onCall, callerOf) } : {}),
    }),
  );
  opened.adopt(server, close);
  return server.endpoint;
}

/** Starts the local DynamoDB; returns its address. */
async function startTable({ dataDir, start, credentials, interceptors, faults, opened }: StorageOptions) {
  const server = await start('dynamodb', (port) =>
    startDynamoDb({
      ...accountRegion,
      dataDir: join(dataDir, 'dynamodb'),
      port,
      credentials,
      interceptors: [...interceptors, ...faults.dynamodb],
      indexLagMs: faults.indexLagMs,
    }),
  );
  opened.adopt(server, close);
  return server.endpoint;
}

const close = (server: { close(): Promise<void> }) => server.close();
