import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, startOn, startWithTable } from './running-dynamodb.ts';

let db: Running;
let time: number;
let lag: number;

const clock = { now: () => time, indexLagMs: () => lag };

beforeEach(async () => {
  time = 1_000_000;
  lag = 0;
  db = await startWithTable(clock);
});
afterEach(() => db.close());

const put = (SK: string, GSI1SK: string) =>
  db.documents.send(new PutCommand({ TableName: 'main', Item: { PK: 'p', SK, GSI1PK: 'i', GSI1SK } }));
const remove = (SK: string) =>
  db.documents.send(new DeleteCommand({ TableName: 'main', Key: { PK: 'p', SK } }));

async function query(documents: Running['documents'], IndexName?: string): Promise<unknown[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: 'main',
      ...(IndexName ? { IndexName } : {}),
      KeyConditionExpression: IndexName ? 'GSI1PK = :value' : 'PK = :value',
      ExpressionAttributeValues: { ':value': IndexName ? 'i' : 'p' },
    }),
  );
  return Items.map(({ GSI1SK }) => GSI1SK);
}
const table = () => query(db.documents);
const index = () => query(db.documents, 'GSI1');

describe('a global secondary index that lags', () => {
  it('shows a new item after the lag, while the table shows it immediately', async () => {
    lag = 500;
    await put('a', '1');
    expect([await table(), await index()]).toEqual([['1'], []]);
    time += 499;
    expect(await index()).toEqual([]);
    time += 1;
    expect(await index()).toEqual(['1']);
  });

  it('shows the old state of an item until the change is visible', async () => {
    await put('a', '1');
    lag = 500;
    await put('a', '2');
    expect([await table(), await index()]).toEqual([['2'], ['1']]);
    await remove('a');
    time += 500;
    expect([await table(), await index()]).toEqual([[], []]);
  });

  it('never ends with an older state, however short the lag of the later change', async () => {
    lag = 3_000;
    await put('a', '1');
    lag = 10;
    await put('a', '2');
    await remove('a');
    time += 10;
    expect(await index()).toEqual([]);
    time += 3_000;
    expect(await index()).toEqual([]);
  });

  it('is up to date after a restart', async () => {
    lag = 3_000;
    await put('a', '1');
    await db.stop();
    const again = await startOn(db.dataDir);
    expect(await query(again.documents, 'GSI1')).toEqual(['1']);
    await again.close();
  });
});
