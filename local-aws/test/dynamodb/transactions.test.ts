import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { useTable } from './running-dynamodb.ts';

const START = Date.UTC(2030, 0, 1);
let now = START;
const db = useTable({ now: () => now });

type Actions = NonNullable<TransactWriteCommandInput['TransactItems']>;
const key = (name: string) => ({ PK: name, SK: 'META' });
const put = (Item: Record<string, unknown>) => db.documents.send(new PutCommand({ TableName: 'main', Item }));
const read = async (name: string) =>
  (await db.documents.send(new GetCommand({ TableName: 'main', Key: key(name) }))).Item;
const write = (TransactItems: Actions, ClientRequestToken?: string) =>
  db.documents.send(new TransactWriteCommand({ TransactItems, ClientRequestToken }));
const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('TransactWriteItems', () => {
  it('puts, updates, deletes and checks in one transaction', async () => {
    await put({ ...key('t1-update'), n: 1 });
    await put(key('t1-delete'));
    await put({ ...key('t1-check'), open: true });

    await write([
      { Put: { TableName: 'main', Item: { ...key('t1-put'), n: 7 } } },
      {
        Update: {
          TableName: 'main',
          Key: key('t1-update'),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': 1 },
        },
      },
      { Delete: { TableName: 'main', Key: key('t1-delete') } },
      {
        ConditionCheck: {
          TableName: 'main',
          Key: key('t1-check'),
          ConditionExpression: '#o = :true',
          ExpressionAttributeNames: { '#o': 'open' },
          ExpressionAttributeValues: { ':true': true },
        },
      },
    ]);

    expect(await read('t1-put')).toMatchObject({ n: 7 });
    expect(await read('t1-update')).toMatchObject({ n: 2 });
    expect(await read('t1-delete')).toBeUndefined();
    expect(await read('t1-check')).toMatchObject({ open: true });
  });

  it('writes nothing when one condition fails, and returns a reason for each action', async () => {
    await put({ ...key('t2-held'), state: 'DONE' });
    await put(key('t2-other'));
    const held = {
      TableName: 'main',
      ConditionExpression: 'attribute_not_exists(PK)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };

    const error = await errorOf(
      write([
        { Put: { TableName: 'main', Item: { ...key('t2-new'), GSI1PK: 't2', GSI1SK: 'x' } } },
        { Put: { ...held, Item: key('t2-held') } },
        { ConditionCheck: { ...held, ReturnValuesOnConditionCheckFailure: 'NONE', Key: key('t2-other') } },
      ]),
    );

    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect(error).toMatchObject({
      message: expect.stringContaining('[None, ConditionalCheckFailed, ConditionalCheckFailed]'),
      CancellationReasons: [
        { Code: 'None' },
        {
          Code: 'ConditionalCheckFailed',
          Message: 'The conditional request failed',
          Item: { PK: { S: 't2-held' }, SK: { S: 'META' }, state: { S: 'DONE' } },
        },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    expect(await read('t2-new')).toBeUndefined();
    const { Items } = await db.documents.send(
      new QueryCommand({
        TableName: 'main',
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :p',
        ExpressionAttributeValues: { ':p': 't2' },
      }),
    );
    expect(Items).toEqual([]);
  });

  it('is cancelled by an update that is not valid for the stored item', async () => {
    await put({ ...key('t3'), text: 'x' });

    const error = await errorOf(
      write([
        {
          Update: {
            TableName: 'main',
            Key: key('t3'),
            UpdateExpression: 'ADD #t :one',
            ExpressionAttributeNames: { '#t': 'text' },
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
      ]),
    );

    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ValidationError', Message: expect.stringContaining('incorrect data') }],
    });
  });

  it('accepts 100 actions and rejects 101', async () => {
    const actions = (count: number): Actions =>
      Array.from({ length: count }, (_, n) => ({ Put: { TableName: 'main', Item: key(`t4-${n}`) } }));

    const error = await errorOf(write(actions(101)));
    expect(await read('t4-0')).toBeUndefined();
    await write(actions(100));

    expect(error).toMatchObject({ name: 'ValidationException' });
    expect(await read('t4-99')).toBeDefined();
  });

  it('rejects two actions on the same item', async () => {
    const error = await errorOf(
      write([
        { Put: { TableName: 'main', Item: key('t5') } },
        {
          ConditionCheck: { TableName: 'main', Key: key('t5'), ConditionExpression: 'attribute_exists(PK)' },
        },
      ]),
    );

    expect(error).toMatchObject({
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
  });

  it('rejects items of more than 4 MB in total', async () => {
    const actions: Actions = Array.from({ length: 11 }, (_, n) => ({
      Put: { TableName: 'main', Item: { ...key(`t6-${n}`), text: 'x'.repeat(390_000) } },
    }));

    const error = await errorOf(write(actions));

    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('4 MB') });
    expect(await read('t6-0')).toBeUndefined();
  });

  it('rejects an action on a table that does not exist, and writes nothing', async () => {
    const error = await errorOf(
      write([
        { Put: { TableName: 'main', Item: key('t7') } },
        { Put: { TableName: 'absent', Item: key('t7') } },
      ]),
    );

    expect(error).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await read('t7')).toBeUndefined();
  });

  it('rejects an entry without an action or with two', async () => {
    const none = await errorOf(db.client.send(new TransactWriteItemsCommand({ TransactItems: [{}] })));
    const two = await errorOf(
      write([{ Put: { TableName: 'main', Item: key('t8') }, Delete: { TableName: 'main', Key: key('t9') } }]),
    );

    expect(none).toMatchObject({ name: 'ValidationException' });
    expect(two).toMatchObject({ name: 'ValidationException' });
  });
});

describe('a client request token', () => {
  const add = (amount: number): Actions => [
    {
      Update: {
        TableName: 'main',
        Key: key('counter'),
        UpdateExpression: 'ADD n :n',
        ExpressionAttributeValues: { ':n': amount },
      },
    },
  ];

  it('applies a repeated transaction only once within ten minutes', async () => {
    await write(add(1), 'token-1');
    await write(add(1), 'token-1');
    expect(await read('counter')).toMatchObject({ n: 1 });

    now = START + 10 * 60 * 1000;
    await write(add(1), 'token-1');

    expect(await read('counter')).toMatchObject({ n: 2 });
  });

  it('cannot be used for another transaction within ten minutes', async () => {
    await write(add(1), 'token-2');

    const error = await errorOf(write(add(2), 'token-2'));

    expect(error).toMatchObject({ name: 'IdempotentParameterMismatchException' });
  });

  it('of a cancelled transaction can be used again', async () => {
    const once: Actions = [
      {
        Put: {
          TableName: 'main',
          Item: { ...key('t10'), by: 'token-3' },
          ConditionExpression: 'attribute_not_exists(PK)',
        },
      },
    ];
    await put(key('t10'));
    expect(await errorOf(write(once, 'token-3'))).toMatchObject({ name: 'TransactionCanceledException' });
    await db.documents.send(
      new TransactWriteCommand({ TransactItems: [{ Delete: { TableName: 'main', Key: key('t10') } }] }),
    );

    await write(once, 'token-3');

    expect(await read('t10')).toMatchObject({ by: 'token-3' });
  });
});

describe('TransactGetItems', () => {
  it('returns items in the order of the request, with an empty entry for a missing item', async () => {
    await put({ ...key('g1'), n: 1, other: 2 });

    const { Responses } = await db.documents.send(
      new TransactGetCommand({
        TransactItems: [
          { Get: { TableName: 'main', Key: key('g-absent') } },
          { Get: { TableName: 'main', Key: key('g1'), ProjectionExpression: 'n' } },
        ],
      }),
    );

    expect(Responses).toEqual([{}, { Item: { n: 1 } }]);
  });

  it('rejects the same item twice, and 101 items', async () => {
    const get = (count: number, name: (n: number) => string) =>
      db.documents.send(
        new TransactGetCommand({
          TransactItems: Array.from({ length: count }, (_, n) => ({
            Get: { TableName: 'main', Key: key(name(n)) },
          })),
        }),
      );

    expect(await errorOf(get(2, () => 'same'))).toMatchObject({ name: 'ValidationException' });
    expect(await errorOf(get(101, (n) => `g-${n}`))).toMatchObject({ name: 'ValidationException' });
  });
});
