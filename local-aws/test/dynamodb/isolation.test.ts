import {
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { useTable } from './running-dynamodb.ts';

const db = useTable();

const key = (name: string) => ({ PK: name, SK: 'META' });
const put = (Item: Record<string, unknown>) => db.documents.send(new PutCommand({ TableName: 'main', Item }));
const read = async (name: string) =>
  (await db.documents.send(new GetCommand({ TableName: 'main', Key: key(name) }))).Item;

describe('concurrent requests', () => {
  it('let exactly one of twenty optimistic writers win', async () => {
    await put({ ...key('race'), version: 1 });
    const attempt = (writer: number) =>
      db.documents.send(
        new UpdateCommand({
          TableName: 'main',
          Key: key('race'),
          UpdateExpression: 'SET version = :next, winner = :writer',
          ConditionExpression: 'version = :expected',
          ExpressionAttributeValues: { ':next': 2, ':expected': 1, ':writer': writer },
        }),
      );

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, writer) => attempt(writer)));

    const winners = outcomes.flatMap(({ status }, writer) => (status === 'fulfilled' ? [writer] : []));
    expect(winners).toHaveLength(1);
    expect(await read('race')).toMatchObject({ version: 2, winner: winners[0] });
  });

  it('lose none of 200 increments', async () => {
    const add = () =>
      db.documents.send(
        new UpdateCommand({
          TableName: 'main',
          Key: key('sum'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': 1 },
        }),
      );

    await Promise.all(Array.from({ length: 200 }, add));

    expect(await read('sum')).toMatchObject({ n: 200 });
  });

  it('never see half of a transfer between accounts', async () => {
    const ACCOUNTS = 4;
    const OPENING = 100;
    const TRANSFERS = 120;
    for (let n = 0; n < ACCOUNTS; n += 1) await put({ ...key(`account-${n}`), balance: OPENING });
    const transfer = (from: number, to: number, amount: number) => {
      const move = (account: number, by: number, condition: object) => ({
        Update: {
          TableName: 'main',
          Key: key(`account-${account}`),
          UpdateExpression: 'ADD balance :by',
          ...condition,
        },
        by,
      });
      const out = move(from, -amount, {
        ConditionExpression: 'balance >= :amount',
        ExpressionAttributeValues: { ':by': -amount, ':amount': amount },
      });
      const into = move(to, amount, { ExpressionAttributeValues: { ':by': amount } });
      return db.documents.send(
        new TransactWriteCommand({ TransactItems: [{ Update: out.Update }, { Update: into.Update }] }),
      );
    };
    const total = async () => {
      const { Responses } = await db.documents.send(
        new TransactGetCommand({
          TransactItems: Array.from({ length: ACCOUNTS }, (_, n) => ({
            Get: { TableName: 'main', Key: key(`account-${n}`) },
          })),
        }),
      );
      return (Responses ?? []).reduce((sum, { Item }) => sum + Number(Item?.balance), 0);
    };

    const transfers = Array.from({ length: TRANSFERS }, (_, n) =>
      transfer(
        n % ACCOUNTS,
        (n * 3 + 1) % ACCOUNTS === n % ACCOUNTS ? (n + 1) % ACCOUNTS : (n * 3 + 1) % ACCOUNTS,
        1 + ((n * 37) % 90),
      ),
    );
    const seen: number[] = [];
    const settled = Promise.allSettled(transfers);
    let running = true;
    const reader = async () => {
      while (running) seen.push(await total());
    };
    const readers = [reader(), reader(), reader()];
    const outcomes = await settled;
    running = false;
    await Promise.all(readers);

    expect(new Set(seen)).toEqual(new Set([ACCOUNTS * OPENING]));
    expect(await total()).toBe(ACCOUNTS * OPENING);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  });
});
