import {
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';

/**
 * Where the items of a table come from, unless that is the stage's own table at an earlier time: an ARN. DynamoDB notes
 * of which table a restored one was made (DynamoDB API reference, RestoreSummary); a table without such a note is what
 * it is: another stage's, or one that somebody has imported.
 */
export function foreignSource(
  own: Pick<TableDescription, 'TableArn'>,
  { TableArn, RestoreSummary }: Pick<TableDescription, 'TableArn' | 'RestoreSummary'>,
): string | undefined {
  const source = RestoreSummary?.SourceTableArn ?? TableArn;
  return source === own.TableArn ? undefined : source;
}

/**
 * Refuses what would replace a stage by another one.
 *
 * @throws Error that says how to do it all the same
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
    `'${from}' was not restored from ${to}${where}: what another stage or stack held would replace all that this ` +
      'stage has; if you want that, add --foreign',
  );
}

async function describeTable(client: DynamoDBClient, TableName: string): Promise<TableDescription> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(`there is no table '${TableName}' in this account and region`);
  }
}
