import { createHash } from 'node:crypto';
import {
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { useTable } from './running-dynamodb.ts';

const db = useTable();

const put = (Item: Record<string, unknown>) => db.documents.send(new PutCommand({ TableName: 'main', Item }));
const query = (input: Omit<QueryCommandInput, 'TableName'>) =>
  db.documents.send(new QueryCommand({ TableName: 'main', ...input }));

async function sortKeys(input: Omit<QueryCommandInput, 'TableName'>): Promise<unknown[]> {
  const { Items } = await query(input);
  return (Items ?? []).map(({ SK }) => SK);
}

describe('a query of the table', () => {
  const FILES = ['F#1', 'F#10', 'F#2', 'META', 'M#a', 'é', '\u{fffd}', '\u{1f600}'];
  beforeAll(async () => {
    for (const SK of FILES) await put({ PK: 'run', SK, even: SK.length % 2 === 0 });
  });
  const partition = (condition: string, values: Record<string, unknown> = {}) => ({
    KeyConditionExpression: `PK = :p ${condition}`,
    ExpressionAttributeValues: { ':p': 'run', ...values },
  });

  it('returns sort keys in the order of their UTF-8 bytes', async () => {
    const ordered = FILES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

    expect(await sortKeys(partition(''))).toEqual(ordered);
    expect(await sortKeys({ ...partition(''), ScanIndexForward: false })).toEqual(ordered.toReversed());
  });

  it('supports begins_with, between and comparisons', async () => {
    expect(await sortKeys(partition('AND begins_with(SK, :s)', { ':s': 'F#' }))).toEqual([
      'F#1',
      'F#10',
      'F#2',
    ]);
    expect(await sortKeys(partition('AND SK BETWEEN :a AND :b', { ':a': 'F#10', ':b': 'M#a' }))).toEqual([
      'F#10',
      'F#2',
      'M#a',
    ]);
    expect(await sortKeys(partition('AND SK < :s', { ':s': 'F#10' }))).toEqual(['F#1']);
    expect(await sortKeys(partition('AND SK >= :s', { ':s': 'é' }))).toEqual(['é', '\u{fffd}', '\u{1f600}']);
  });

  it('is paged by limit and last evaluated key, in both directions', async () => {
    for (const ScanIndexForward of [true, false]) {
      const whole = await sortKeys({ ...partition(''), ScanIndexForward });
      const pages: unknown[][] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await query({ ...partition(''), Limit: 3, ScanIndexForward, ExclusiveStartKey });
        pages.push((page.Items ?? []).map(({ SK }) => SK));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);

      expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
      expect(pages.flat()).toEqual(whole);
    }
  });

  it('filters after the limit, and supports projections', async () => {
    const page = await query({
      ...partition('', { ':true': true }),
      Limit: 3,
      FilterExpression: 'even = :true',
      ProjectionExpression: 'SK',
    });

    expect(page).toMatchObject({ Count: 1, ScannedCount: 3, Items: [{ SK: 'F#10' }] });
    expect(page.LastEvaluatedKey).toBeDefined();
  });

  it('returns at most 1 MB per page', async () => {
    for (let n = 0; n < 5; n += 1) await put({ PK: 'large', SK: `${n}`, text: 'x'.repeat(350_000) });
    const large = { KeyConditionExpression: 'PK = :p', ExpressionAttributeValues: { ':p': 'large' } };

    const first = await query(large);
    const second = await query({ ...large, ExclusiveStartKey: first.LastEvaluatedKey });

    expect(first.Items).toHaveLength(3);
    expect(first.LastEvaluatedKey).toEqual({ PK: 'large', SK: '2' });
    expect(second.Items).toHaveLength(2);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });
});

describe('a query of a global secondary index', () => {
  const active = (condition = '', values: Record<string, unknown> = {}) => ({
    IndexName: 'GSI1',
    KeyConditionExpression: `GSI1PK = :p ${condition}`,
    ExpressionAttributeValues: { ':p': 'ACTIVE', ...values },
  });

  it('follows an item that gets, changes and loses its key attributes', async () => {
    await put({ PK: 'run-1', SK: 'META', GSI1PK: 'ACTIVE', GSI1SK: '2030-01-01' });
    await put({ PK: 'run-2', SK: 'META', GSI1PK: 'ACTIVE', GSI1SK: '2030-01-02' });
    await put({ PK: 'run-3', SK: 'META', GSI1PK: 'ACTIVE' });
    const runs = async () => ((await query(active())).Items ?? []).map(({ PK }) => PK);
    expect(await runs()).toEqual(['run-1', 'run-2']);

    await db.documents.send(
      new UpdateCommand({
        TableName: 'main',
        Key: { PK: 'run-1', SK: 'META' },
        UpdateExpression: 'SET GSI1SK = :later',
        ExpressionAttributeValues: { ':later': '2030-01-03' },
      }),
    );
    expect(await runs()).toEqual(['run-2', 'run-1']);

    await db.documents.send(
      new UpdateCommand({
        TableName: 'main',
        Key: { PK: 'run-2', SK: 'META' },
        UpdateExpression: 'REMOVE GSI1PK, GSI1SK',
      }),
    );

    expect(await runs()).toEqual(['run-1']);
    expect(await query(active('AND GSI1SK <= :now', { ':now': '2030-01-02' }))).toMatchObject({ Count: 0 });
  });

  it('returns every item with equal index keys, in pages', async () => {
    const COUNT = 60;
    for (let n = 0; n < COUNT; n += 1) {
      await put({ PK: `same-${n}`, SK: 'META', GSI1PK: 'SAME', GSI1SK: 'same' });
    }
    const found = new Set<unknown>();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await query({
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :p',
        ExpressionAttributeValues: { ':p': 'SAME' },
        Limit: 7,
        ExclusiveStartKey,
      });
      for (const { PK } of page.Items ?? []) found.add(PK);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);

    expect(found.size).toBe(COUNT);
  });

  it('distinguishes two items whose keys have the same short hash', async () => {
    // dynalite distinguishes entries with equal index keys by 24 bits of this hash of the item's key.
    const shortHash = (PK: string) =>
      createHash('md5').update('Outliers').update(PK).update('META').digest('hex').slice(0, 6);
    const byHash = Map.groupBy(
      Array.from({ length: 20_000 }, (_, n) => `collision-${n}`),
      shortHash,
    );
    const pair = [...byHash.values()].find(({ length }) => length > 1) ?? [];
    expect(pair).toHaveLength(2);
    for (const PK of pair) await put({ PK, SK: 'META', GSI1PK: 'COLLISION', GSI1SK: 'same' });

    const { Items } = await query({
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p',
      ExpressionAttributeValues: { ':p': 'COLLISION' },
    });

    expect(Items?.map(({ PK }) => PK).toSorted()).toEqual(pair.toSorted());
  });

  it('returns only the projected attributes', async () => {
    await put({ PK: 'p', SK: 'META', GSI1PK: 'PROJECTED', score: 5, name: 'n', secret: 's' });

    const { Items } = await query({
      IndexName: 'by-score',
      KeyConditionExpression: 'GSI1PK = :p AND score > :s',
      ExpressionAttributeValues: { ':p': 'PROJECTED', ':s': 4.5 },
    });

    expect(Items).toEqual([{ PK: 'p', SK: 'META', GSI1PK: 'PROJECTED', score: 5, name: 'n' }]);
  });

  it('rejects consistent reads', async () => {
    await expect(query({ ...active(), ConsistentRead: true })).rejects.toThrow(
      'Consistent reads are not supported on global secondary indexes',
    );
  });
});

describe('a scan', () => {
  it('finds the same items in parallel segments as in a single scan', async () => {
    const scan = async (segment: object) => {
      const found: Record<string, unknown>[] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await db.documents.send(
          new ScanCommand({
            TableName: 'main',
            ProjectionExpression: 'PK, SK',
            FilterExpression: 'attribute_not_exists(score)',
            ExclusiveStartKey,
            ...segment,
          }),
        );
        found.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return found;
    };

    const alone = await scan({});
    const segments = await Promise.all([0, 1, 2].map((Segment) => scan({ Segment, TotalSegments: 3 })));

    const names = (items: Record<string, unknown>[]) => items.map(({ PK, SK }) => `${PK}/${SK}`).toSorted();
    expect(alone.length).toBeGreaterThan(0);
    expect(names(segments.flat())).toEqual(names(alone));
  });
});
