import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialLookup, startS3 } from '@flowserv/local-aws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, s3Volumes } from '../storage-volumes/s3-server.ts';
import { cliWith } from './run-cli.ts';

const flowserv = cliWith({ BUCKET_LOGIN: JSON.stringify(KEYS) });

describe('flowserv volumes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-volumes-'));
  const bucket = join(folder, 'bucket.yaml');
  let close: () => Promise<void>;
  beforeAll(async () => {
    const credentials = createCredentialLookup([KEYS]);
    const dataDir = join(folder, 's3');
    const server = await startS3({ dataDir, port: 0, region: 'us-east-1', credentials, durable: false });
    const volumes = await s3Volumes(server.endpoint, () => server.close());
    close = volumes.close;
    const { args } = volumes.configuration() as { args: object };
    writeFileSync(bucket, JSON.stringify({ type: 's3', args: { ...args, credentials: 'BUCKET_LOGIN' } }));
  });
  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  const made = () => mkdtempSync(join(folder, 'v-'));

  it('copies between a folder and a bucket, and lists files', async () => {
    const [source, target] = [made(), made()];
    writeFileSync(join(source, 'a.txt'), 'a');
    writeFileSync(join(source, 'b.txt'), 'bb');
    const there = await flowserv(`volumes copy ${source} ${bucket} --to sets`);
    expect([there.code, there.stdout]).toEqual([0, '2 files copied\n']);
    expect(there.stderr).toContain('copied a.txt to sets/a.txt\n');
    const listed = await flowserv(`volumes list ${bucket} --json`);
    expect(JSON.parse(listed.stdout)).toEqual([
      { key: 'sets/a.txt', size: 1 },
      { key: 'sets/b.txt', size: 2 },
    ]);
    const back = await flowserv(`volumes copy ${bucket} ${target} sets/b.txt --to b.txt`);
    expect([back.code, back.stdout]).toEqual([0, '1 file copied\n']);
    expect(readFileSync(join(target, 'b.txt'), 'utf8')).toBe('bb');
    const table = await flowserv(`volumes list ${target}`);
    expect(table.stdout).toMatch(/b\.txt \|\s+2/);
  });

  it('reports a volume and a key that do not exist', async () => {
    const [source, target] = [made(), made()];
    const missing = join(folder, 'missing');
    const fault = `error: '${missing}' does not exist; create the folder, or name a file with a configuration\n`;
    expect(await flowserv(`volumes list ${missing}`)).toEqual({ code: 1, stdout: '', stderr: fault });
    const copied = await flowserv(`volumes copy ${source} ${target} dta`);
    expect([copied.code, copied.stdout]).toEqual([1, '']);
    expect(copied.stderr).toContain(`error: '${source}' has no file or folder 'dta'\n`);
  });

  it('names the variable of missing credentials', async () => {
    const { code, stderr } = await flowserv(`volumes list ${bucket}`, { env: { BUCKET_LOGIN: '' } });
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: '${bucket}' needs credentials in the variable BUCKET_LOGIN, which is not set\n`,
    );
  });

  it('reports an invalid configuration with its file', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'type: ftp\n');
    const { code, stderr } = await flowserv(`volumes list ${file}`);
    expect([code, stderr]).toEqual([1, `error: ${file}: invalid value 'ftp' for storage volume type\n`]);
  });
});
