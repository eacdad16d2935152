import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type KeysAndAttributes,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { keys } from '../../shared/store/keys.ts';
import { tableDefinition } from '../../shared/store/table-definition.ts';

type Item = Record<string, AttributeValue>;

/** Items in one BatchWriteItem, and in one BatchGetItem (DynamoDB, quotas). */
const WRITES = 25;
const READS = 100;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Result of a copy. */
export interface Copied {
  readonly written: number;
  readonly removed: number;
}

const { partitionKey, sortKey } = tableDefinition;
/**
 * Items of task definitions belong to the stack, not to the data: definitions of an earlier time may no longer exist.
 */
const DEFINITION = keys.taskDefinition('').pk;
const isDefinition = (key: Item): boolean => key[partitionKey]?.S?.startsWith(DEFINITION) === true;

const keyOf = (item: Item): Item => {
  const [pk, sk] = [item[partitionKey], item[sortKey]];
  if (!pk || !sk) throw new Error('an item has no key: the table does not belong to this product');
  return { [partitionKey]: pk, [sortKey]: sk };
};
const nameOf = (item: Item): string => JSON.stringify([item[partitionKey]?.S, item[sortKey]?.S]);

/**
 * Makes a table equal to another one, such as one that was restored to an earlier time: writes its items, and
 * removes all others. It can be repeated, and continues where an interrupted copy stopped. The stage stays
 * paused, whatever its state at that time: nothing may change the table meanwhile. It keeps its own task definitions.
 *
 * @throws Error if the other table is empty: all items would be removed
 */
export async function copyTable(
  client: DynamoDBClient,
  { from, to }: { readonly from: string; readonly to: string },
  onProgress: (copied: Copied) => void = () => {},
): Promise<Copied> {
  let written = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: from, ConsistentRead: true })) {
    await writeAll(
      client,
      to,
      Items.filter((item) => !isDefinition(item)).map((item) => ({ PutRequest: { Item: paused(item) } })),
    );
    written += Items.length;
    onProgress({ written, removed: 0 });
  }
  if (written === 0) throw new Error(`'${from}' is empty: nothing was changed`);
  let removed = 0;
  const own = { TableName: to, ConsistentRead: true, ProjectionExpression: `${partitionKey}, ${sortKey}` };
  for await (const { Items = [] } of paginateScan({ client }, own)) {
    const extra = await absentIn(client, from, Items.map(keyOf));
    await writeAll(
      client,
      to,
      extra.map((Key) => ({ DeleteRequest: { Key } })),
    );
    removed += extra.length;
    onProgress({ written, removed });
  }
  return { written, removed };
}

const isStage = (item: Item): boolean => {
  const { pk, sk } = keys.capacity();
  return nameOf(item) === JSON.stringify([pk, sk]);
};

const paused = (item: Item): Item => (isStage(item) ? { ...item, paused: { BOOL: true } } : item);

/** Returns the keys without an item in a table. */
async function absentIn(client: DynamoDBClient, table: string, wanted: readonly Item[]): Promise<Item[]> {
  const there = new Set<string>();
  for (const Keys of slices(wanted, READS)) {
    await untilDone<KeysAndAttributes>({ [table]: { Keys, ConsistentRead: true } }, async (RequestItems) => {
      const answer = await client.send(new BatchGetItemCommand({ RequestItems }));
      for (const item of answer.Responses?.[table] ?? []) there.add(nameOf(item));
      return answer.UnprocessedKeys;
    });
  }
  // A stage has no such item before its first run. The item of a paused stage is kept.
  return wanted.filter((key) => !there.has(nameOf(key)) && !isStage(key) && !isDefinition(key));
}

async function writeAll(client: DynamoDBClient, table: string, requests: readonly WriteRequest[]) {
  for (const some of slices(requests, WRITES)) {
    await untilDone<WriteRequest[]>({ [table]: some }, async (RequestItems) => {
      const answer = await client.send(new BatchWriteItemCommand({ RequestItems }));
      return answer.UnprocessedItems;
    });
  }
}

/** Repeats a request, after increasing pauses, for the items that a throttled table did not process. */
async function untilDone<T>(
  work: Record<string, T>,
  ask: (left: Record<string, T>) => Promise<Record<string, T> | undefined>,
): Promise<void> {
  let left: Record<string, T> | undefined = work;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    left = await ask(left);
    if (left === undefined || Object.keys(left).length === 0) return;
    await sleep(pause);
  }
}

function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
