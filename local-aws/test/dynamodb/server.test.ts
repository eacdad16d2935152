import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import {
  DescribeTableCommand,
  ExecuteStatementCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { ServiceCall } from '../../aws/interceptor.ts';
import { AwsError } from '../../aws/json-protocol.ts';
import { CREDENTIALS, clientOf, useTable } from './running-dynamodb.ts';

const calls: ServiceCall[] = [];
let rejectWith: Error | undefined;
const db = useTable({
  interceptors: [
    (call, proceed) => {
      calls.push(call);
      return rejectWith ? Promise.reject(rejectWith) : proceed();
    },
  ],
});

const list = (client = db.client) => client.send(new ListTablesCommand({}));

/** Sends bytes unchanged and returns the response until the connection ends. */
async function raw(text: string, thenDestroy = false): Promise<string> {
  const socket = connect(db.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  if (thenDestroy) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    return '';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('signatures', () => {
  it('with a wrong secret are rejected', async () => {
    const client = clientOf(db.endpoint, { ...CREDENTIALS, secretAccessKey: 'wrong' });

    await expect(list(client)).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('with an unknown key are rejected', async () => {
    const client = clientOf(db.endpoint, { ...CREDENTIALS, accessKeyId: 'UNKNOWN' });

    await expect(list(client)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('are required', async () => {
    const unsigned = await fetch(db.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' },
      body: '{}',
    });

    expect(unsigned.status).toBe(400);
    expect(await unsigned.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});

describe('the server', () => {
  it('listens only on 127.0.0.1', async () => {
    const socket = connect(db.port, '127.0.0.2');

    const [error] = await once(socket, 'error');

    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('has an active table as soon as CreateTable responds', async () => {
    const { Table } = await db.client.send(new DescribeTableCommand({ TableName: 'main' }));
    const { TableNames } = await list();

    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/main',
    });
    expect(TableNames).toEqual(['main']);
  });

  it('rejects a body above 16 MB, with or without a content length', async () => {
    const headers = 'POST / HTTP/1.1\r\nhost: localhost\r\n';
    const announced = await raw(`${headers}content-length: ${16 * 1024 * 1024 + 1}\r\n\r\n`);
    const chunked = request({ port: db.port, host: '127.0.0.1', method: 'POST' });
    chunked.on('error', () => undefined);
    const block = Buffer.alloc(1024 * 1024, 120);
    for (let n = 0; n < 17; n += 1) chunked.write(block);
    const [response] = await once(chunked, 'response');
    chunked.destroy();

    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    expect(response.statusCode).toBe(413);
  });

  it('rejects an unknown operation with its name', async () => {
    const statement = db.client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM main' }));

    await expect(statement).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  it('survives clients that disconnect in the middle of a request', async () => {
    const target = 'POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: DynamoDB_20120810.PutItem\r\n';
    for (let n = 0; n < 5; n += 1) await raw(`${target}content-length: 1000\r\n\r\n{"TableName":`, true);
    const aborted = Array.from({ length: 20 }, (_, n) => {
      const abort = new AbortController();
      const put = new PutItemCommand({
        TableName: 'main',
        Item: { PK: { S: `aborted-${n}` }, SK: { S: 'META' }, text: { S: 'x'.repeat(100_000) } },
      });
      const sent = db.client.send(put, { abortSignal: abort.signal });
      setTimeout(() => abort.abort(), n);
      return sent.catch(() => undefined);
    });
    await Promise.all(aborted);

    await expect(list()).resolves.toMatchObject({ TableNames: ['main'] });
  });
});

describe('the interceptor', () => {
  it('sees every operation with its input and the key that signed it', async () => {
    calls.length = 0;
    const documents = DynamoDBDocumentClient.from(db.client);

    await documents.send(new PutCommand({ TableName: 'main', Item: { PK: 'i', SK: 'META' } }));
    await list();

    expect(calls).toEqual([
      {
        service: 'dynamodb',
        operation: 'PutItem',
        input: { TableName: 'main', Item: { PK: { S: 'i' }, SK: { S: 'META' } } },
        accessKeyId: 'TESTKEY',
      },
      { service: 'dynamodb', operation: 'ListTables', input: {}, accessKeyId: 'TESTKEY' },
    ]);
  });

  it('can reject an operation with an error of AWS', async () => {
    rejectWith = new AwsError('TransactionCanceledException', 'cancelled', 400, {
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });

    const error: unknown = await db.documents
      .send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName: 'main', Item: { PK: 'r', SK: 'META' } } }],
        }),
      )
      .catch((thrown: unknown) => thrown);
    rejectWith = undefined;

    expect(error).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
  });
});
