import * as z from 'zod';
import { ACCOUNT, REGION } from '../../infra/local/names.ts';
import { tableDefinition } from '../../shared/store/table-definition.ts';
import type { Demand, Mapping } from './need.ts';

/**
 * Actions of DynamoDB with their resources and the condition key `dynamodb:LeadingKeys`: the partition keys that a
 * request names (Service Authorization Reference, "Amazon DynamoDB"; DynamoDB, "Using IAM with transactions").
 */
export const dynamodbDemands: Readonly<Record<string, Mapping>> = {
  GetItem: ({ input }) => onItem('GetItem', byKey.parse(input)),
  UpdateItem: ({ input }) => onItem('UpdateItem', byKey.parse(input)),
  DeleteItem: ({ input }) => onItem('DeleteItem', byKey.parse(input)),
  PutItem: ({ input }) => onItem('PutItem', put.parse(input)),
  BatchGetItem({ input }) {
    const { RequestItems } = batchGet.parse(input);
    return Object.entries(RequestItems).map(([table, { Keys }]) =>
      demand('BatchGetItem', tableArn(table), Keys),
    );
  },
  TransactWriteItems: ({ input }) => transaction.parse(input).TransactItems.flatMap(ofAction),
  Query({ input }) {
    const query = querySchema.parse(input);
    const { TableName, IndexName } = query;
    const table = tableArn(TableName);
    const resource = IndexName === undefined ? table : `${table}/index/${IndexName}`;
    return [demand('Query', resource, [partitionOf(query)])];
  },
};

const key = z.object({ [tableDefinition.partitionKey]: z.object({ S: z.string() }) });
const partition = key.transform((item) => item[tableDefinition.partitionKey]?.S ?? '');
const byKey = z
  .object({ TableName: z.string(), Key: partition })
  .transform(({ TableName, Key }) => ({ TableName, partition: Key }));
const put = z
  .object({ TableName: z.string(), Item: partition })
  .transform(({ TableName, Item }) => ({ TableName, partition: Item }));
const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(partition) })) });
const transaction = z.object({
  TransactItems: z.array(
    z.strictObject({
      Put: put.optional(),
      Update: byKey.optional(),
      Delete: byKey.optional(),
      ConditionCheck: byKey.optional(),
    }),
  ),
});
const querySchema = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  KeyConditionExpression: z.string(),
  ExpressionAttributeNames: z.record(z.string(), z.string()),
  ExpressionAttributeValues: z.record(z.string(), z.object({ S: z.string() }).or(z.unknown())),
});

/** A transaction needs the permissions for its operation on each item. */
function ofAction(item: z.output<typeof transaction>['TransactItems'][number]): Demand[] {
  const { Put, Update, Delete, ConditionCheck } = item;
  return [
    ...(Put ? onItem('PutItem', Put) : []),
    ...(Update ? onItem('UpdateItem', Update) : []),
    ...(Delete ? onItem('DeleteItem', Delete) : []),
    ...(ConditionCheck ? onItem('ConditionCheckItem', ConditionCheck) : []),
  ];
}

const onItem = (action: string, one: z.output<typeof byKey>): Demand[] => [
  demand(action, tableArn(one.TableName), [one.partition]),
];

const demand = (action: string, resource: string, partitions: readonly string[]): Demand => ({
  action: `dynamodb:${action}`,
  resource,
  context: { 'dynamodb:LeadingKeys': [...new Set(partitions)] },
});

const tableArn = (table: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`;

/** The value that a key condition compares the partition key with. */
function partitionOf(query: z.output<typeof querySchema>): string {
  const { IndexName, KeyConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = query;
  const { dueIndex, partitionKey } = tableDefinition;
  const name = IndexName === undefined ? partitionKey : dueIndex.partitionKey;
  for (const [, attribute = '', value = ''] of KeyConditionExpression.matchAll(/(#\w+) = (:\w+)/g)) {
    if (ExpressionAttributeNames[attribute] !== name) continue;
    return z.object({ S: z.string() }).parse(ExpressionAttributeValues[value]).S;
  }
  throw new Error(`no partition key in '${KeyConditionExpression}'`);
}
