import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers, freePort } from './free-port.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/** Variable of the tests: stacks get AWS's own DynamoDB Local. */
export const DYNAMODB_LOCAL = 'FLOWSERV_TEST_DYNAMODB_LOCAL';

/** The package of AWS Amplify that brings it. It is used in tests only, under AWS's licence, and nothing of it is shipped. */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';

/** Starts DynamoDB Local, empty and in memory; it needs `java`. */
export async function startDynamoDbLocal(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const folder = await dynamoDbLocal();
  const port = await freePort();
  const java = spawn(
    'java',
    [
      ...['-Xmx300m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      ...['-jar', join(folder, 'DynamoDBLocal.jar'), '-sharedDb', '-inMemory', '-port', String(port)],
    ],
    // It notes something about itself in its folder.
    { stdio: 'ignore', cwd: folder },
  );
  await once(java, 'spawn');
  const endpoint = `http://127.0.0.1:${port}`;
  while (!(await answers(endpoint))) {
    if (java.exitCode !== null) throw new Error(`DynamoDB Local has ended with ${java.exitCode}`);
    await sleep(50);
  }
  return {
    endpoint,
    async close() {
      java.kill('SIGKILL');
      await once(java, 'exit');
    },
  };
}

/** Folder of the program, fetched when it is not there yet. */
export async function dynamoDbLocal(): Promise<string> {
  const folder = await installed('dynamodb-local', PACKAGE, async (made) => {
    const { stdout } = await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', made]);
    await run('tar', ['-xzf', join(made, stdout.trim()), '-C', made]);
  });
  return join(folder, 'package', 'emulator');
}
