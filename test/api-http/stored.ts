import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { clientOptions } from '../../shared/clients.ts';
import type { Services } from '../../shared/services/services.ts';
import { poll } from '../end-to-end/running-stack.ts';

/**
 * Waits until all background work is done: ended runs are settled, leaderboards are built and post-processing
 * is up to date. After that, only requests change what is stored.
 */
export async function quiet(services: Services): Promise<void> {
  await poll(async () => {
    const items = (await stored(services)).filter((item) => item.startsWith('{'));
    const restless = items.map((item) => fields.parse(JSON.parse(item))).filter(isRestless);
    return restless.length === 0 ? true : undefined;
  }, 'the stack did not become idle');
}

const number = z.object({ N: z.string() }).optional();
const fields = z.object({
  pk: z.object({ S: z.string() }),
  sk: z.object({ S: z.string() }),
  settled: z.object({ BOOL: z.boolean() }).optional(),
  dirty: number,
  built: number,
  trigger: number,
  processed: number,
});

function isRestless({ pk, sk, settled, dirty, built, trigger, processed }: z.infer<typeof fields>): boolean {
  if (pk.S.startsWith('RUN#') && sk.S === 'META') return settled?.BOOL !== true;
  if (sk.S !== 'BOARD') return false;
  return dirty?.N !== built?.N || trigger?.N !== processed?.N;
}

/**
 * Returns everything that is stored: the items of the table as text, and the keys of the objects of both buckets.
 * Counters of attempts are omitted, because rejected requests change them on purpose, and the count of the changes of
 * a group's list of uploads, which also counts files that were stored and removed again.
 */
export async function stored({ config }: Services): Promise<string[]> {
  const dynamodb = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
  const s3 = new S3Client(clientOptions(config, config.endpoints.s3));
  try {
    const found: string[] = [];
    const scan = { TableName: config.table, ConsistentRead: true };
    for await (const { Items } of paginateScan({ client: dynamodb }, scan)) {
      for (const item of Items ?? []) {
        const { uploadChanges: _, ...kept } = item;
        if (!item.pk?.S?.startsWith('ATTEMPTS#')) found.push(JSON.stringify(kept, sortedKeys));
      }
    }
    for (const Bucket of [config.dataBucket, config.workBucket]) {
      for await (const { Contents } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
        for (const { Key } of Contents ?? []) found.push(`${Bucket}/${Key}`);
      }
    }
    return found.sort();
  } finally {
    dynamodb.destroy();
    s3.destroy();
  }
}

/** Converts an item to text, the same for equal items. */
const sortedKeys = (_key: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
