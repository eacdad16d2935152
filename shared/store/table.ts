import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Config } from '../config.ts';
import { type Change, type Condition, conditionInput, placeholders, updateInput } from './expressions.ts';
import type { Key } from './keys.ts';
import { tableDefinition } from './table-definition.ts';

/** An item as it is stored. Codecs in the capability folders turn it into a type. */
export type Item = Key & Readonly<Record<string, unknown>>;
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A range of items of one partition: those whose sort keys begin with a text, or those from a sort key on. */
export type Range =
  | { readonly pk: string; readonly prefix: string }
  | { readonly pk: string; readonly from: string };

export interface RangeOptions {
  readonly limit?: number;
  readonly descending?: boolean;
  /** Sort key after which to go on. */
  readonly after?: string;
  readonly filter?: Condition;
}

/** Raised when a condition of a single write, or of one action of a transaction, does not hold. */
export class ConditionFailed extends Error {
  /** Positions of the actions whose condition failed; `[0]` for a single write. */
  readonly actions: readonly number[];

  constructor(actions: readonly number[], cause: unknown) {
    super(`condition of action ${actions.join(', ')} does not hold`, { cause });
    this.name = 'ConditionFailed';
    this.actions = actions;
  }
}

/**
 * Makes a write that is to be left out where its condition does not hold.
 *
 * @returns what the write gives, or undefined when it was left out
 */
export async function conditionally<T>(write: Promise<T>): Promise<{ readonly value: T } | undefined> {
  try {
    return { value: await write };
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

/** Writes in conflict are tried again: 8 tries, pauses of 10 ms doubling to 640 ms with full jitter, about 0.6 s. */
const CONFLICT_ATTEMPTS = 8;
const CONFLICT_BASE_MS = 5;

const afterConflict = (attempt: number) => sleep(Math.random() * CONFLICT_BASE_MS * 2 ** attempt);

/** The key condition of a query for a range. */
function keyCondition(where: Range): Required<Condition> {
  const { pk } = where;
  if ('from' in where) return { expression: '#pk = :pk AND #sk >= :from', values: { pk, from: where.from } };
  if (where.prefix === '') return { expression: '#pk = :pk', values: { pk } };
  return { expression: '#pk = :pk AND begins_with(#sk, :prefix)', values: { pk, prefix: where.prefix } };
}

export type Table = ReturnType<typeof createTable>;

/**
 * The table with exactly the operations that the product uses. Reads are strongly consistent unless they
 * use the due index, which cannot be.
 */
export function createTable(config: Config) {
  const { endpoints, region, credentials } = config;
  const client = new DynamoDBClient({
    region,
    ...(endpoints.dynamodb ? { endpoint: endpoints.dynamodb } : {}),
    ...(credentials ? { credentials } : {}),
  });
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const TableName = config.table;

  /**
   * A write of one action. One that meets a transaction on the same item is refused with a conflict, which
   * the SDK does not retry either (DynamoDB, "Transaction conflict handling").
   */
  const single = async <T>(write: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await write();
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) throw new ConditionFailed([0], error);
        if (!(error instanceof TransactionConflictException) || attempt >= CONFLICT_ATTEMPTS) throw error;
        await afterConflict(attempt);
      }
    }
  };

  async function* range(where: Range, options: RangeOptions = {}): AsyncGenerator<Item> {
    const { pk } = where;
    let start: Record<string, unknown> | undefined = options.after ? { pk, sk: options.after } : undefined;
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const { expression, values: bounds } = keyCondition(where);
    const values = { ...bounds, ...options.filter?.values };
    while (left > 0) {
      const page = await documents.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: expression,
          ScanIndexForward: !options.descending,
          ...(options.filter ? { FilterExpression: options.filter.expression } : {}),
          ...placeholders(`${expression} ${options.filter?.expression ?? ''}`, values),
          ...(start ? { ExclusiveStartKey: start } : {}),
          ...(Number.isFinite(left) && !options.filter ? { Limit: left } : {}),
        }),
      );
      for (const item of page.Items ?? []) {
        yield item as Item;
        left -= 1;
        if (left <= 0) return;
      }
      start = page.LastEvaluatedKey;
      if (!start) return;
    }
  }

  return {
    /** One item, or undefined. */
    async get(key: Key): Promise<Item | undefined> {
      const { Item } = await documents.send(
        new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }),
      );
      return Item as Item | undefined;
    },

    /** Items by key in any order; keys without an item are absent. At most 100 keys a request, in turn. */
    async getMany(wanted: readonly Key[]): Promise<Item[]> {
      const found: Item[] = [];
      for (let first = 0; first < wanted.length; first += 100) {
        let keys: Record<string, unknown>[] = wanted.slice(first, first + 100).map((key) => ({ ...key }));
        for (let attempt = 0; keys.length > 0; attempt += 1) {
          if (attempt > 0) await sleep(Math.random() * CONFLICT_BASE_MS * 2 ** Math.min(attempt, 8));
          const answer = await documents.send(
            new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }),
          );
          found.push(...((answer.Responses?.[TableName] ?? []) as Item[]));
          keys = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
        }
      }
      return found;
    },

    /** Items of a range in key order. */
    range,

    /** Items of a range as a list. */
    async list(where: Range, options?: RangeOptions): Promise<Item[]> {
      return Array.fromAsync(range(where, options));
    },

    /** @throws ConditionFailed */
    async put(item: Item, condition?: Condition): Promise<void> {
      const put = new PutCommand({ TableName, Item: item, ...conditionInput(condition) });
      await single(() => documents.send(put));
    },

    /** Changes one item and returns it as it is afterwards. @throws ConditionFailed */
    async update(key: Key, change: Change, condition?: Condition): Promise<Item> {
      const input = { TableName, Key: { ...key }, ReturnValues: 'ALL_NEW' as const };
      const update = new UpdateCommand({ ...input, ...updateInput(change, condition) });
      return (await single(() => documents.send(update))).Attributes as Item;
    },

    /** @throws ConditionFailed */
    async remove(key: Key, condition?: Condition): Promise<void> {
      const remove = new DeleteCommand({ TableName, Key: { ...key }, ...conditionInput(condition) });
      await single(() => documents.send(remove));
    },

    /**
     * All writes or none; at most 100 actions (DynamoDB, TransactWriteItems). A transaction that was
     * cancelled by a concurrent one only is tried again here, since the SDK does not do that, and is never
     * taken for a failed condition.
     *
     * @throws ConditionFailed with the positions of the actions whose condition did not hold
     */
    async transact(writes: readonly Write[]): Promise<void> {
      for (let attempt = 1; ; attempt += 1) {
        try {
          await documents.send(new TransactWriteCommand({ TransactItems: [...writes] }));
          return;
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error;
          const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
          const failed = codes.flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
          if (failed.length > 0) throw new ConditionFailed(failed, error);
          const conflict = codes.some((code) => code === 'TransactionConflict' || code === 'ThrottlingError');
          if (!conflict || attempt >= CONFLICT_ATTEMPTS) throw error;
          await afterConflict(attempt);
        }
      }
    },

    /** Actions of a transaction. */
    write: {
      put: (item: Item, condition?: Condition): Write => ({
        Put: { TableName, Item: item, ...conditionInput(condition) },
      }),
      update: (key: Key, change: Change, condition?: Condition): Write => ({
        Update: { TableName, Key: { ...key }, ...updateInput(change, condition) },
      }),
      remove: (key: Key, condition?: Condition): Write => ({
        Delete: { TableName, Key: { ...key }, ...conditionInput(condition) },
      }),
      check: (key: Key, condition: Condition): Write => ({
        ConditionCheck: {
          TableName,
          Key: { ...key },
          ConditionExpression: condition.expression,
          ...placeholders(condition.expression, condition.values),
        },
      }),
    },

    /** Keys on one shard of the due index whose time has come, oldest first. Eventually consistent. */
    async due(shard: string, until: string, limit: number): Promise<Key[]> {
      const { name, partitionKey, sortKey } = tableDefinition.dueIndex;
      const expression = `#${partitionKey} = :shard AND #${sortKey} <= :until`;
      const page = await documents.send(
        new QueryCommand({
          TableName,
          IndexName: name,
          KeyConditionExpression: expression,
          ...placeholders(expression, { shard, until }),
          Limit: limit,
        }),
      );
      return (page.Items ?? []).map((item) => ({ pk: String(item.pk), sk: String(item.sk) }));
    },
  };
}
