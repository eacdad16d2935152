import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialLookup, startS3 } from '@flowserv/local-aws';
import { testVolume } from './contract.ts';
import { KEYS, s3Volumes } from './s3-server.ts';

const temporary = () => mkdtempSync(join(tmpdir(), 'flowserv-volumes-'));

testVolume('a file system', async () => {
  const folder = temporary();
  return {
    configuration: () => ({
      id: 'local',
      args: [{ key: 'basedir', value: mkdtempSync(join(folder, 'v-')) }],
    }),
    close: async () => rmSync(folder, { recursive: true }),
  };
});

testVolume('the local S3', async () => {
  const dataDir = temporary();
  const credentials = createCredentialLookup([KEYS]);
  const server = await startS3({ dataDir, port: 0, region: 'us-east-1', credentials, durable: false });
  return s3Volumes(server.endpoint, async () => {
    await server.close();
    rmSync(dataDir, { recursive: true });
  });
});
