import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterConflict } from './conflict.ts';
import { type Condition, placeholders } from './expressions.ts';
import type { Item, Range, RangeOptions } from './item.ts';
import type { Key } from './keys.ts';

/** The key condition of a query for a range. */
function keyCondition(where: Range): Required<Condition> {
  const { pk } = where;
  if ('from' in where) return { expression: '#pk = :pk AND #sk >= :from', values: { pk, from: where.from } };
  if (where.prefix === '') return { expression: '#pk = :pk', values: { pk } };
  return { expression: '#pk = :pk AND begins_with(#sk, :prefix)', values: { pk, prefix: where.prefix } };
}

/** The items of a range in key order, page by page. */
async function* query(
  documents: DynamoDBDocumentClient,
  TableName: string,
  where: Range,
  options: RangeOptions = {},
): AsyncGenerator<Item> {
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
        ...(options.keysOnly ? { ProjectionExpression: '#pk, #sk' } : {}),
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

/** Reads of one table, strongly consistent. */
export function createReads(documents: DynamoDBDocumentClient, TableName: string) {
  const range = (where: Range, options?: RangeOptions) => query(documents, TableName, where, options);
  return {
    /** Returns an item, or undefined. */
    async get(key: Key): Promise<Item | undefined> {
      const found = await documents.send(
        new GetCommand({ TableName, Key: { ...key }, ConsistentRead: true }),
      );
      return found.Item as Item | undefined;
    },

    /**
     * Items by key in any order; keys without an item are left out. At most 100 keys per request, one after the
     * other.
     */
    async getMany(wanted: readonly Key[]): Promise<Item[]> {
      const found: Item[] = [];
      for (let first = 0; first < wanted.length; first += 100) {
        let keys: Record<string, unknown>[] = wanted.slice(first, first + 100).map((key) => ({ ...key }));
        for (let attempt = 0; keys.length > 0; attempt += 1) {
          if (attempt > 0) await afterConflict(Math.min(attempt, 8));
          const response = await documents.send(
            new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }),
          );
          found.push(...((response.Responses?.[TableName] ?? []) as Item[]));
          keys = response.UnprocessedKeys?.[TableName]?.Keys ?? [];
        }
      }
      return found;
    },

    /** Items of a range in key order. */
    range,

    /** The sort keys of the items of a range, in their order. */
    async sortKeys(where: Range): Promise<string[]> {
      return Array.fromAsync(range(where, { keysOnly: true }), ({ sk }) => sk);
    },

    /** Items of a range as a list. */
    async list(where: Range, options?: RangeOptions): Promise<Item[]> {
      return Array.fromAsync(range(where, options));
    },
  };
}
