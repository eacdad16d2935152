import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { useTable } from './running-dynamodb.ts';

const db = useTable();

const key = (name: string) => ({ PK: { S: name }, SK: { S: 'META' } });

describe('values', () => {
  it('of every type are returned unchanged', async () => {
    const item = {
      ...key('types'),
      text: { S: 'naïve 😀' },
      empty: { S: '' },
      large: { N: '12345678901234567890123456789012345678' },
      small: { N: '0.00000000000000000000000000000000000012345678901234567890123456789012345678' },
      negative: { N: '-1.5' },
      bytes: { B: new Uint8Array([0, 255, 10]) },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2.5'] },
      byteSets: { BS: [new Uint8Array([1]), new Uint8Array([2])] },
      yes: { BOOL: true },
      none: { NULL: true },
      list: { L: [{ S: 'x' }, { N: '1' }, { L: [] }] },
      map: { M: { inner: { M: { deep: { S: 'y' } } } } },
    };

    await db.client.send(new PutItemCommand({ TableName: 'main', Item: item }));
    const { Item } = await db.client.send(new GetItemCommand({ TableName: 'main', Key: key('types') }));

    expect(Item).toEqual(item);
  });

  it('with a number of 39 digits, sent or computed, are rejected', async () => {
    const digits = '1'.repeat(38);
    await db.client.send(
      new PutItemCommand({ TableName: 'main', Item: { ...key('digits'), n: { N: digits } } }),
    );

    const sent = db.client.send(
      new PutItemCommand({ TableName: 'main', Item: { ...key('digits-39'), n: { N: `${digits}1` } } }),
    );
    const computed = db.client.send(
      new UpdateItemCommand({
        TableName: 'main',
        Key: key('digits'),
        UpdateExpression: 'ADD n :tenth',
        ExpressionAttributeValues: { ':tenth': { N: '0.1' } },
      }),
    );

    await expect(sent).rejects.toThrow('more than 38 significant digits');
    await expect(computed).rejects.toThrow('more than 38 significant digits');
    const { Item } = await db.client.send(new GetItemCommand({ TableName: 'main', Key: key('digits') }));
    expect(Item?.n).toEqual({ N: digits });
  });

  it('of numeric keys sort by value, negative ones first', async () => {
    const scores = [10, -3, 2.5, 0, -20, 1e15];
    for (const [index, score] of scores.entries()) {
      const Item = { PK: `numeric-${index}`, SK: 'META', GSI1PK: 'numeric', score };
      await db.documents.send(new PutCommand({ TableName: 'main', Item }));
    }

    const { Items } = await db.documents.send(
      new QueryCommand({
        TableName: 'main',
        IndexName: 'by-score',
        KeyConditionExpression: 'GSI1PK = :p',
        ExpressionAttributeValues: { ':p': 'numeric' },
      }),
    );

    expect(Items?.map(({ score }) => score)).toEqual([-20, -3, 0, 2.5, 10, 1e15]);
  });
});

describe('item size', () => {
  /** 2 + 4 for `PK` and its value, 2 + 4 for `SK`, 1 for the name of the text. */
  const KEY_BYTES = 13;
  const LIMIT = 400 * 1024;
  const item = (text: string) => ({ PK: { S: 'size' }, SK: { S: 'META' }, t: { S: text } });

  it('can be 400 KB', async () => {
    const put = new PutItemCommand({ TableName: 'main', Item: item('x'.repeat(LIMIT - KEY_BYTES)) });

    await expect(db.client.send(put)).resolves.toBeDefined();
  });

  it('cannot exceed 400 KB by a single byte', async () => {
    const put = new PutItemCommand({ TableName: 'main', Item: item('x'.repeat(LIMIT - KEY_BYTES + 1)) });

    await expect(db.client.send(put)).rejects.toThrow('Item size has exceeded the maximum allowed size');
  });

  it('is counted in bytes of UTF-8, not in characters', async () => {
    const put = new PutItemCommand({ TableName: 'main', Item: item('é'.repeat(LIMIT / 2)) });

    await expect(db.client.send(put)).rejects.toThrow('Item size has exceeded the maximum allowed size');
  });

  it('is also limited for the result of an update', async () => {
    await db.client.send(new PutItemCommand({ TableName: 'main', Item: item('x'.repeat(300_000)) }));

    const update = db.client.send(
      new UpdateItemCommand({
        TableName: 'main',
        Key: { PK: { S: 'size' }, SK: { S: 'META' } },
        UpdateExpression: 'SET u = t',
      }),
    );

    await expect(update).rejects.toThrow('Item size to update has exceeded the maximum allowed size');
  });
});

describe('keys', () => {
  it('are limited in bytes of UTF-8', async () => {
    const partition = db.documents.send(
      new PutCommand({ TableName: 'main', Item: { PK: 'é'.repeat(1025), SK: 'x' } }),
    );
    const sort = db.documents.send(
      new PutCommand({ TableName: 'main', Item: { PK: 'x', SK: 'é'.repeat(513) } }),
    );

    await expect(partition).rejects.toThrow('2050 bytes, more than 2048');
    await expect(sort).rejects.toThrow('1026 bytes, more than 1024');
  });

  it('of an index must not be empty or of another type', async () => {
    const item = { PK: 'index-key', SK: 'META', GSI1SK: 'x' };

    const empty = db.documents.send(new PutCommand({ TableName: 'main', Item: { ...item, GSI1PK: '' } }));
    const wrong = db.documents.send(new PutCommand({ TableName: 'main', Item: { ...item, GSI1PK: 1 } }));

    await expect(empty).rejects.toThrow('must not be empty');
    await expect(wrong).rejects.toThrow('Type mismatch for Index Key GSI1PK');
  });
});

describe('a failed condition', () => {
  beforeAll(async () => {
    await db.documents.send(
      new PutCommand({ TableName: 'main', Item: { PK: 'held', SK: 'META', state: 'DONE' } }),
    );
  });
  const condition = {
    TableName: 'main',
    ConditionExpression: 'attribute_not_exists(PK)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  const stored = { ...key('held'), state: { S: 'DONE' } };

  const writes = {
    put: () => db.client.send(new PutItemCommand({ ...condition, Item: key('held') })),
    update: () =>
      db.client.send(
        new UpdateItemCommand({ ...condition, Key: key('held'), UpdateExpression: 'REMOVE another' }),
      ),
    delete: () => db.client.send(new DeleteItemCommand({ ...condition, Key: key('held') })),
  };

  it.each(Object.entries(writes))('of a %s returns the item on request', async (_name, write) => {
    const error: unknown = await write().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: stored });
  });

  it('returns no item without a request for it', async () => {
    const error: unknown = await db.client
      .send(
        new PutItemCommand({
          TableName: 'main',
          Item: key('held'),
          ConditionExpression: 'attribute_not_exists(PK)',
        }),
      )
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: undefined });
  });

  it('does not change the item', async () => {
    await db.documents
      .send(
        new UpdateCommand({
          TableName: 'main',
          Key: { PK: 'held', SK: 'META' },
          UpdateExpression: 'SET #s = :s',
          ConditionExpression: '#s = :active',
          ExpressionAttributeNames: { '#s': 'state' },
          ExpressionAttributeValues: { ':s': 'ERROR', ':active': 'RUNNING' },
        }),
      )
      .catch(() => undefined);

    const { Item } = await db.documents.send(
      new GetCommand({ TableName: 'main', Key: { PK: 'held', SK: 'META' } }),
    );
    expect(Item).toMatchObject({ state: 'DONE' });
  });
});

describe('batches', () => {
  const puts = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ PutRequest: { Item: key(`batch-${index}`) } }));

  it('write 25 items and read them back', async () => {
    await db.client.send(new BatchWriteItemCommand({ RequestItems: { main: puts(25) } }));

    const { Responses } = await db.client.send(
      new BatchGetItemCommand({
        RequestItems: { main: { Keys: Array.from({ length: 25 }, (_, index) => key(`batch-${index}`)) } },
      }),
    );

    expect(Responses?.main).toHaveLength(25);
  });

  it('of 26 items are rejected, and none is written', async () => {
    const items = Array.from({ length: 26 }, (_, n) => ({ PutRequest: { Item: key(`too-many-${n}`) } }));

    const write = db.client.send(new BatchWriteItemCommand({ RequestItems: { main: items } }));

    await expect(write).rejects.toMatchObject({ name: 'ValidationException' });
    const { Item } = await db.client.send(new GetItemCommand({ TableName: 'main', Key: key('too-many-0') }));
    expect(Item).toBeUndefined();
  });
});
