import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, startOn, startWithTable, TABLE } from './running-dynamodb.ts';

const START_S = Date.UTC(2030, 0, 1) / 1000;
const DAY_S = 24 * 60 * 60;
/** Short enough for a test; the injected clock determines which items are due. */
const sweepIntervalMs = 10;

let nowSeconds: number;
let db: Running;
const clock = { now: () => nowSeconds * 1000, sweepIntervalMs };
beforeEach(async () => {
  nowSeconds = START_S;
  db = await startWithTable(clock);
});
afterEach(() => db.close());

const setTtl = (Enabled: boolean, AttributeName = 'ttl') =>
  db.client.send(
    new UpdateTimeToLiveCommand({
      TableName: 'main',
      TimeToLiveSpecification: { AttributeName, Enabled },
    }),
  );
const put = (name: string, more: object) =>
  db.documents.send(
    new PutCommand({
      TableName: 'main',
      Item: { PK: name, SK: 'META', GSI1PK: 'ALL', GSI1SK: name, ...more },
    }),
  );
const read = async (name: string, documents = db.documents) =>
  (await documents.send(new GetCommand({ TableName: 'main', Key: { PK: name, SK: 'META' } }))).Item;
const indexed = async () => {
  const { Items } = await db.documents.send(
    new QueryCommand({
      TableName: 'main',
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p',
      ExpressionAttributeValues: { ':p': 'ALL' },
    }),
  );
  return Items?.map(({ PK }) => PK);
};

describe('time to live', () => {
  it('is disabled at first, and DescribeTimeToLive returns the setting', async () => {
    const describeTtl = async () =>
      (await db.client.send(new DescribeTimeToLiveCommand({ TableName: 'main' }))).TimeToLiveDescription;

    expect(await describeTtl()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await setTtl(true);
    expect(await describeTtl()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
    await setTtl(false);
    expect(await describeTtl()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  it('rejects an update to the current setting or to another attribute', async () => {
    await expect(setTtl(false)).rejects.toThrow('TimeToLive is already disabled');
    await setTtl(true);

    await expect(setTtl(true)).rejects.toThrow('TimeToLive is already enabled');
    await expect(setTtl(true, 'other')).rejects.toThrow('active on a different AttributeName');
  });

  it('rejects a table that does not exist', async () => {
    const describeTtl = db.client.send(new DescribeTimeToLiveCommand({ TableName: 'absent' }));

    await expect(describeTtl).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('deletes an expired item, also from its indexes', async () => {
    await setTtl(true);
    await put('due', { ttl: START_S + 10 });
    await put('later', { ttl: START_S + 1000 });
    await put('never', { ttl: 'text' });

    nowSeconds = START_S + 11;

    await expect.poll(() => indexed()).toEqual(['later', 'never']);
    expect(await read('due')).toBeUndefined();
    expect(await read('later')).toBeDefined();
  });

  it('uses the current expiry time of an item', async () => {
    await setTtl(true);
    await put('extended', { ttl: START_S + 10 });
    await put('kept', { ttl: START_S + 10 });
    await put('marker', { ttl: START_S + 10 });
    const change = (name: string, UpdateExpression: string, values?: object) =>
      db.documents.send(
        new UpdateCommand({
          TableName: 'main',
          Key: { PK: name, SK: 'META' },
          UpdateExpression,
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ...(values ? { ExpressionAttributeValues: { ...values } } : {}),
        }),
      );
    await change('extended', 'SET #ttl = :t', { ':t': START_S + 100 });
    await change('kept', 'REMOVE #ttl');

    nowSeconds = START_S + 50;
    await expect.poll(() => read('marker')).toBeUndefined();
    expect(await indexed()).toEqual(['extended', 'kept']);
    nowSeconds = START_S + 101;

    await expect.poll(() => indexed()).toEqual(['kept']);
  });

  it('applies to any number of existing items', async () => {
    for (let n = 0; n < 130; n += 1) await put(`old-${n}`, { ttl: START_S - 10 });
    await put('ancient', { ttl: START_S - 6 * 365 * DAY_S });

    await setTtl(true);

    await expect.poll(() => indexed()).toEqual(['ancient']);
  });

  it('is kept across a restart', async () => {
    await setTtl(true);
    await put('due', { ttl: START_S + 10 });
    await db.stop();
    nowSeconds = START_S + 11;

    const again = await startOn(db.dataDir, clock);

    await expect.poll(() => read('due', again.documents)).toBeUndefined();
    await again.close();
  });

  it('is deleted with its table', async () => {
    await setTtl(true);
    await put('due', { ttl: START_S + 10 });
    await db.client.send(new DeleteTableCommand({ TableName: 'main' }));
    await db.client.send(new CreateTableCommand(TABLE));
    await put('due', { ttl: START_S + 10 });
    nowSeconds = START_S + 11;

    await setTtl(true, 'other');
    await put('marker', { other: START_S });

    await expect.poll(() => read('marker')).toBeUndefined();
    expect(await indexed()).toEqual(['due']);
  });
});
