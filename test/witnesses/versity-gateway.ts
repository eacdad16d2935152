import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from '@flowserv/local-aws';
import { answers, freePort } from './free-port.ts';
import { goPrograms } from './go-programs.ts';

/** Variable of the tests: stacks get the S3 of Versity's gateway, which is not ours. */
export const VERSITY_GATEWAY = 'FLOWSERV_TEST_VERSITY_GATEWAY';

/**
 * Starts Versity's gateway, empty: an S3 server on files under the Apache licence 2.0, used in tests only.
 *
 * What it does otherwise than Amazon S3 (API reference and user guide), and no test here needs:
 * - nothing expires: PutBucketLifecycleConfiguration is not implemented;
 * - a key cannot be the folder of another one, and no part of a key is longer than a name of a file;
 * - DeleteObjects names what it has deleted when asked to be quiet, and takes more than 1,000 keys;
 * - ListObjectsV2 encodes no names on request, and compares `start-after` otherwise;
 * - CompleteMultipartUpload of an upload that is over succeeds again, where S3 may answer NoSuchUpload;
 * - links do not hold a body to a checksum in their query, nor refuse headers that they have not signed;
 * - refused with a body on the way, a client may see a closed connection in place of the answer, and `Expect:
 *   100-continue` is answered before the refusal;
 * - 416 has no `Content-Range`, and `aws-chunked` stays in the stored `Content-Encoding`.
 *
 * @param keys who may sign requests, each as an administrator
 */
export async function startVersityGateway(
  keys: readonly Credentials[],
): Promise<{ endpoint: string; close(): Promise<void> }> {
  const program = join(await goPrograms(), 'gateway');
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-versity-'));
  const [data, iam] = [join(folder, 'data'), join(folder, 'iam')];
  for (const made of [data, iam]) mkdirSync(made);
  const accounts = keys.map(({ accessKeyId: access, secretAccessKey: secret }) => [
    access,
    { access, secret, role: 'admin' },
  ]);
  writeFileSync(join(iam, 'users.json'), JSON.stringify({ accessAccounts: Object.fromEntries(accounts) }));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [address, data, iam], {
    stdio: 'ignore',
    env: { ROOT_ACCESS_KEY: 'root', ROOT_SECRET_KEY: 'never used' },
  });
  await once(child, 'spawn');
  const endpoint = `http://${address}`;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null) throw new Error(`the S3 gateway has ended with ${child.exitCode}`);
    await sleep(20);
  }
  return {
    endpoint,
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
