import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../shared/config.ts';
import { openEngine } from '../../shared/remote-engines/open-engine.ts';
import { REANA_TOKEN, type ReanaServer, startReanaServer } from './reana-server/server.ts';
import { startWesServer, WES_TOKEN } from './wes-server/server.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:reana-AbCdEf';
const RUN = '0'.repeat(32);
const folder = mkdtempSync(join(tmpdir(), 'flowserv-token-'));
const tokenFile = join(folder, 'token');

/** What Secrets Manager was asked. */
const requests: { target: unknown; body: unknown }[] = [];
const secrets = createServer(async (request, response) => {
  requests.push({ target: request.headers['x-amz-target'], body: JSON.parse(await text(request)) });
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.end(JSON.stringify({ ARN: SECRET, Name: 'reana', SecretString: `${REANA_TOKEN}\n` }));
});
let reana: ReanaServer;

beforeAll(async () => {
  reana = await startReanaServer();
  await new Promise<void>((resolve) => secrets.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await reana.close();
  secrets.closeAllConnections();
  secrets.close();
  rmSync(folder, { recursive: true });
});

function open(token: object, other: object = {}) {
  const config = readConfig({
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
    FLOWSERV_ENGINES: JSON.stringify([{ id: 'cern', kind: 'reana', url: reana.url, ...token, ...other }]),
  });
  const [engine] = config.engines;
  if (!engine) throw new Error('no engine');
  return openEngine(config, engine);
}

it('reads the token from its secret', async () => {
  expect(await (await open({ tokenSecret: SECRET })).find(RUN)).toBeUndefined();
  expect(requests).toEqual([{ target: 'secretsmanager.GetSecretValue', body: { SecretId: SECRET } }]);
});

it('reads the token from its file each time, so that a new one is used at once', async () => {
  writeFileSync(tokenFile, 'old');
  await expect((await open({ tokenFile })).find(RUN)).rejects.toMatchObject({ status: 403 });
  writeFileSync(tokenFile, REANA_TOKEN);
  expect(await (await open({ tokenFile })).find(RUN)).toBeUndefined();
  writeFileSync(tokenFile, '\n');
  await expect(open({ tokenFile })).rejects.toThrow("the token of engine 'cern' is empty");
  writeFileSync(tokenFile, 'a\r\nx-other: b');
  await expect(open({ tokenFile })).rejects.toThrow("the token of engine 'cern' is empty, too long, or has");
});

it('opens a WES server with and without a token', async () => {
  const wes = await startWesServer();
  try {
    const other = { kind: 'wes', url: wes.url, workflowEngine: 'cwltool' };
    writeFileSync(tokenFile, `${WES_TOKEN}\n`);
    expect(await (await open({ tokenFile }, other)).find(RUN)).toBeUndefined();
    await expect((await open({}, other)).find(RUN)).rejects.toMatchObject({ status: 403 });
    expect(wes.faults).toEqual([]);
  } finally {
    await wes.close();
  }
});
