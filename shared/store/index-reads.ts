import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { placeholders } from './expressions.ts';
import type { Key } from './keys.ts';
import { tableDefinition } from './table-definition.ts';

const { name: IndexName, partitionKey, sortKey } = tableDefinition.dueIndex;

/** A key on the index, with the text by which it is sorted. */
export interface Indexed extends Key {
  readonly at: string;
}

/** Reads of the index of one table. They are eventually consistent, since an index supports nothing else. */
export const createIndexReads = (documents: DynamoDBDocumentClient, TableName: string) => ({
  /** Keys on one shard of the due index that are due, oldest first. */
  async due(shard: string, until: string, limit: number): Promise<Key[]> {
    const expression = `#${partitionKey} = :shard AND #${sortKey} <= :until`;
    const page = await documents.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: expression,
        ...placeholders(expression, { shard, until }),
        Limit: limit,
      }),
    );
    return (page.Items ?? []).map((item) => ({ pk: String(item.pk), sk: String(item.sk) }));
  },

  /**
   * Keys in one partition of the index, in its order.
   *
   * @param between both texts are included
   */
  async indexed(
    partition: string,
    between: { readonly from: string; readonly to: string },
    { limit, descending = false }: { readonly limit: number; readonly descending?: boolean },
  ): Promise<Indexed[]> {
    const expression = `#${partitionKey} = :partition AND #${sortKey} BETWEEN :from AND :to`;
    const page = await documents.send(
      new QueryCommand({
        TableName,
        IndexName,
        KeyConditionExpression: expression,
        ScanIndexForward: !descending,
        ...placeholders(expression, { partition, ...between }),
        Limit: limit,
      }),
    );
    const found = page.Items ?? [];
    return found.map((item) => ({ pk: String(item.pk), sk: String(item.sk), at: String(item[sortKey]) }));
  },
});
