import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';

/**
 * Returns the ARN of the table that the items come from; undefined if it is the stage's own table at an earlier time.
 * DynamoDB records the source of a restored table (DynamoDB API reference, RestoreSummary). A table without such a
 * record is its own source: it is another stage's table, or an imported one.
 */
export function foreignSource(
  own: Pick<TableDescription, 'TableArn'>,
  { TableArn, RestoreSummary }: Pick<TableDescription, 'TableArn' | 'RestoreSummary'>,
): string | undefined {
  const source = RestoreSummary?.SourceTableArn ?? TableArn;
  return source === own.TableArn ? undefined : source;
}

/**
 * Rejects a copy that would replace the data of a stage with those of another stage.
 *
 * @throws Error with the option that permits the copy
 */
export async function checkSource(
  client: DynamoDBClient,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const [own, table] = [await describeTable(client, to), await describeTable(client, from)];
  const foreign = foreignSource(own, table);
  if (foreign === undefined) return;
  const where = foreign === table.TableArn ? '' : `, but from ${foreign}`;
  throw new Error(
    `'${from}' was not restored from ${to}${where}: the data of another stage or stack would replace all data of this ` +
      'stage; if you want that, add --foreign',
  );
}

async function describeTable(client: DynamoDBClient, TableName: string): Promise<TableDescription> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(`table '${TableName}' does not exist in this account and region`);
  }
}
