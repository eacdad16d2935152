import { type TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conflicts } from '../../faults/conflicts.ts';
import { type Running, startWithTable } from '../dynamodb/running-dynamodb.ts';

/** The next random numbers; afterwards all writes conflict. */
let drawn: number[];
let db: Running;

beforeEach(async () => {
  drawn = [];
  db = await startWithTable({ interceptors: [conflicts(() => drawn.shift() ?? 0)] });
});
afterEach(() => db.close());

const item = (SK: string) => ({ TableName: 'main', Item: { PK: 'p', SK } });
const stored = async (SK: string) => {
  const { Item } = await db.documents.send(new GetCommand({ TableName: 'main', Key: { PK: 'p', SK } }));
  return Item !== undefined;
};

describe('a conflicting write', () => {
  it('of one item is rejected before anything is written', async () => {
    await expect(db.documents.send(new PutCommand(item('a')))).rejects.toThrow(TransactionConflictException);
    expect(await stored('a')).toBe(false);
  });

  it('of a transaction reports the conflicting action, and writes nothing', async () => {
    drawn = [0, 0.6];
    const request = new TransactWriteCommand({ TransactItems: [{ Put: item('a') }, { Put: item('b') }] });
    const error: TransactionCanceledException = await db.documents.send(request).then(
      () => expect.fail('the transaction was accepted'),
      (rejection) => rejection,
    );
    expect(error.name).toBe('TransactionCanceledException');
    expect(error.CancellationReasons?.map(({ Code }) => Code)).toEqual(['None', 'TransactionConflict']);
    expect([await stored('a'), await stored('b')]).toEqual([false, false]);
  });

  it('occurs once in five writes', async () => {
    drawn = [0.2, 0.19];
    await db.documents.send(new PutCommand(item('a')));
    await expect(db.documents.send(new PutCommand(item('b')))).rejects.toThrow(TransactionConflictException);
    expect([await stored('a'), await stored('b')]).toEqual([true, false]);
  });
});
