import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '@flowserv/local-aws';
import { freePort, responds } from './free-port.ts';
import { goPrograms } from './go-programs.ts';
import { startServerProgram } from './server-process.ts';

/** Environment variable of the tests that makes stacks use the S3 of Versity's gateway instead of ours. */
export const VERSITY_GATEWAY = 'FLOWSERV_TEST_VERSITY_GATEWAY';

/**
 * Starts Versity's gateway, empty: a file-based S3 server under the Apache licence 2.0, used only in tests.
 *
 * Differences from Amazon S3 (API reference and user guide) that no test here depends on:
 * - nothing expires: PutBucketLifecycleConfiguration is not implemented;
 * - a key cannot be the folder of another key, and no part of a key can be longer than a file name;
 * - DeleteObjects lists deleted keys in quiet mode, and accepts more than 1,000 keys;
 * - ListObjectsV2 does not encode names on request, and compares `start-after` differently;
 * - CompleteMultipartUpload of a completed upload succeeds again, where S3 may return NoSuchUpload;
 * - links do not enforce a checksum in their query, and do not reject unsigned headers;
 * - if a request is rejected while its body is sent, a client may see a closed connection instead of the response, and
 *   `Expect: 100-continue` is accepted before the error;
 * - 416 has no `Content-Range`, and `aws-chunked` stays in the stored `Content-Encoding`.
 *
 * @param keys keys that may sign requests, each as an administrator
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
  const endpoint = `http://${address}`;
  const close = await startServerProgram({
    name: 'the S3 gateway',
    command: [program, address, data, iam],
    env: { ROOT_ACCESS_KEY: 'root', ROOT_SECRET_KEY: 'never used' },
    folder,
    accepts: () => responds(endpoint),
  });
  return { endpoint, close };
}
