import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientOptions } from '../clients.ts';
import type { Config } from '../config.ts';
import { createActions } from './actions.ts';
import { createIndexReads } from './index-reads.ts';
import { createReads } from './reads.ts';
import { createWrites } from './writes.ts';

export type Table = ReturnType<typeof createTable>;

/**
 * The table with exactly the operations that the product uses. Reads are strongly consistent except on the index, which
 * does not support it.
 */
export function createTable(config: Config) {
  const client = new DynamoDBClient(clientOptions(config, config.endpoints.dynamodb));
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    ...createReads(documents, config.table),
    ...createIndexReads(documents, config.table),
    ...createWrites(documents, config.table),
    /** Actions of a transaction. */
    write: createActions(config.table),
  };
}
