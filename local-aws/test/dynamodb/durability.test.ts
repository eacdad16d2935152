import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, type Running, startOn, startWithTable } from './running-dynamodb.ts';

let db: Running;
beforeEach(async () => {
  db = await startWithTable();
});
afterEach(() => db.close());

async function startProcess(dataDir: string) {
  const script = fileURLToPath(new URL('./server-process.ts', import.meta.url));
  const child = fork(script, [dataDir], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [endpoint] = await once(child, 'message');
  const client = clientOf(String(endpoint));
  const kill = async () => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    client.destroy();
  };
  return { documents: DynamoDBDocumentClient.from(client), kill };
}

const ITEMS = 8;

/** A transaction that moves all items of a writer to a generation, and their entries in an index with them. */
function generationOf(writer: number, generation: number): TransactWriteCommand {
  return new TransactWriteCommand({
    TransactItems: Array.from({ length: ITEMS }, (_, n) => ({
      Put: {
        TableName: 'main',
        Item: {
          PK: `writer-${writer}`,
          SK: `${n}`,
          GSI1PK: `index-${writer}`,
          GSI1SK: `${generation}-${n}`,
          generation,
        },
      },
    })),
  });
}

/**
 * Writes generations above `start` until the server is killed at a random moment, and returns the last
 * acknowledged generation of each writer. Several writers keep the server busy, so that it is likely to
 * be killed in the middle of a commit.
 */
async function writeUntilKilled(server: Awaited<ReturnType<typeof startProcess>>, start: number) {
  const acknowledged = [0, 0, 0, 0];
  const writing = acknowledged.map(async (_none, writer) => {
    for (let generation = start + 1; ; generation += 1) {
      await server.documents.send(generationOf(writer, generation));
      acknowledged[writer] = generation;
    }
  });
  const stopped = Promise.allSettled(writing);
  try {
    await vi.waitFor(() => expect(Math.min(...acknowledged)).toBeGreaterThan(start), { timeout: 10_000 });
    await setTimeout(Math.random() * 40);
    return [...acknowledged];
  } finally {
    await server.kill();
    await stopped;
  }
}

async function readGeneration(documents: DynamoDBDocumentClient, writer: number) {
  const query = async (key: string, value: string, IndexName?: string) => {
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: 'main',
        IndexName,
        KeyConditionExpression: `${key} = :value`,
        ExpressionAttributeValues: { ':value': value },
      }),
    );
    return Items;
  };
  return {
    items: await query('PK', `writer-${writer}`),
    indexed: await query('GSI1PK', `index-${writer}`, 'GSI1'),
  };
}

describe('data on disk', () => {
  it('is kept across a restart: tables, items, indexes and tokens', async () => {
    const transaction = {
      ClientRequestToken: 'token',
      TransactItems: [
        { Put: { TableName: 'main', Item: { PK: 'a', SK: 'META', GSI1PK: 'g', GSI1SK: '1' } } },
        {
          Update: {
            TableName: 'main',
            Key: { PK: 'b', SK: 'META' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
      ],
    };
    await db.documents.send(new TransactWriteCommand(transaction));
    await db.stop();

    const again = await startOn(db.dataDir);
    await again.documents.send(new TransactWriteCommand(transaction));
    const { Items: indexed } = await again.documents.send(
      new QueryCommand({
        TableName: 'main',
        IndexName: 'GSI1',
        KeyConditionExpression: 'GSI1PK = :p',
        ExpressionAttributeValues: { ':p': 'g' },
      }),
    );
    const { Item } = await again.documents.send(
      new GetCommand({ TableName: 'main', Key: { PK: 'b', SK: 'META' } }),
    );
    await again.close();

    expect(indexed?.map(({ PK }) => PK)).toEqual(['a']);
    expect(Item).toMatchObject({ n: 1 });
  });

  it('can be used by only one server at a time', async () => {
    await expect(startOn(db.dataDir)).rejects.toThrow('is another stack running?');
  });

  it('contains no partial transaction after its server was killed', async () => {
    const ROUNDS = 8;
    await db.stop();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const server = await startProcess(db.dataDir);
      const last = await writeUntilKilled(server, round * 1_000_000);

      const again = await startOn(db.dataDir);
      for (const [writer, acknowledged] of last.entries()) {
        const { items, indexed } = await readGeneration(again.documents, writer);
        const generations = new Set(items.map((item) => item.generation));
        expect(items).toHaveLength(ITEMS);
        expect(generations.size).toBe(1);
        expect(Number([...generations][0])).toBeGreaterThanOrEqual(acknowledged);
        expect(indexed).toHaveLength(ITEMS);
        expect(new Set(indexed.map((item) => item.generation))).toEqual(generations);
      }
      await again.close();
    }
  });

  it('contains an acknowledged single write when its server is killed immediately afterwards', async () => {
    await db.stop();
    const server = await startProcess(db.dataDir);
    await server.documents.send(new PutCommand({ TableName: 'main', Item: { PK: 'single', SK: 'META' } }));
    await server.kill();

    const again = await startOn(db.dataDir);
    const { Item } = await again.documents.send(
      new GetCommand({ TableName: 'main', Key: { PK: 'single', SK: 'META' } }),
    );
    await again.close();

    expect(Item).toBeDefined();
  });
});
