import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { startStack } from '../../infra/local/stack.ts';
import { createTransport } from '../../shared/client/transport.ts';
import { readConfig } from '../../shared/config.ts';
import { quietPort } from '../end-to-end/quiet-port.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { stepRunner } from '../step-runner.ts';

const flowserv = fileURLToPath(new URL('../../bin/flowserv.mjs', import.meta.url));

describe('the settings', () => {
  const url = (port: string, path: string, more: object = {}) =>
    readConfig({ FLOWSERV_API_PORT: port, FLOWSERV_API_PATH: path, ...more }).api.url;

  it('B6: omit port 80 from the URL, and add the leading slash of the path', () => {
    expect(url('80', 'app-path/v1')).toBe('http://localhost/app-path/v1');
    expect(url('5000', '/flowserv/api/v1')).toBe('http://localhost:5000/flowserv/api/v1');
    expect(readConfig({}).api.url).toBe('http://localhost:5000/flowserv/api/v1');
    const elsewhere = { FLOWSERV_API_PROTOCOL: 'https', FLOWSERV_API_HOST: 'rob.example.org' };
    expect(url('443', '/', elsewhere)).toBe('https://rob.example.org:443');
  });

  it('B2: give a URL without a trailing slash, however it is configured', () => {
    const slashes = { FLOWSERV_API_HOST: 'localhost//' };
    expect(url('80', '//', slashes)).toBe('http://localhost');
    expect(url('80', 'a/b//', slashes)).toBe('http://localhost/a/b');
  });

  it('B12: set the body limit, 16 MiB by default, or fail at startup', () => {
    const limit = (ROB_WEBAPI_CONTENTLENGTH?: string) =>
      readConfig({ ROB_WEBAPI_CONTENTLENGTH }).api.bodyLimit;
    expect(limit()).toBe(16_777_216);
    expect(limit('1234')).toBe(1234);
    for (const text of ['ABC', '-1', '0', '1.5', ' '])
      expect(() => limit(text)).toThrow('ROB_WEBAPI_CONTENTLENGTH');
  });

  it('N1: take a port that is a number, and reject other texts at startup', () => {
    expect(url('8888', '/')).toBe('http://localhost:8888');
    for (const text of ['ABC', '2.3', '-1']) expect(() => url(text, '/')).toThrow('FLOWSERV_API_PORT');
  });

  it('are rejected if invalid, with the name of each variable', () => {
    const wrong = { FLOWSERV_AUTH: 'none', FLOWSERV_READ_ACCESS: 'all', FLOWSERV_API_PORT: '70000' };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => readConfig({ [name]: value })).toThrow(name);
    }
    expect(() => readConfig(wrong)).toThrow(/FLOWSERV_API_PORT.*FLOWSERV_AUTH.*FLOWSERV_READ_ACCESS/s);
  });
});

describe('a stack with a configured public address', () => {
  const stack = useStack({
    env: {
      FLOWSERV_API_HOST: '127.0.0.1//',
      FLOWSERV_API_PATH: 'app/v9/',
      FLOWSERV_API_NAME: 'Ours',
      FLOWSERV_AUTH_TTL: '3',
    },
  });

  it('serves the API there, and names the address in the descriptor', async () => {
    const { json } = await stack.request('GET', '/');
    expect(json.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/app\/v9$/);
    expect(json.name).toBe('Ours');
    expect((await fetch(`${new URL(stack.url).origin}/flowserv/api/v1/`)).status).toBe(404);
  });

  it('A11, A12, B3: expires tokens after the configured time', async () => {
    const account = { username: 'alice', password: 'pwd' };
    const registered = await stack.request('POST', '/users/register', {
      body: { ...account, verify: false },
    });
    const login = () => stack.request('POST', '/users/login', { body: account });
    const { token } = (await login()).json;
    expect((await stack.request('GET', '/users/whoami', { token })).status).toBe(200);
    const whoami = await poll(async () => {
      const response = await stack.request('GET', '/users/whoami', { token });
      return response.status === 200 ? undefined : response;
    }, 'the token does not expire');
    expect([whoami.status, whoami.json.message]).toEqual([403, 'not logged in']);
    const descriptor = await stack.request('GET', '/', { token });
    expect([descriptor.status, descriptor.json.username]).toEqual([200, undefined]);
    const again = await login();
    expect(again.json).toMatchObject({ id: registered.json.id });
    expect(again.json.token).not.toBe(token);
    const out = await stack.request('POST', '/users/logout', { token });
    expect(out.status).toBe(200);
  });

  it('B2: lets clients join routes to the URL with one slash', async () => {
    const transport = createTransport({ url: `${stack.url}//` });
    expect((await transport.send('service')).url).toBe(`${stack.url}/`);
    expect((await transport.send('workflows:list')).url).toBe(`${stack.url}/workflows`);
  });
});

describe('starting', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'flowserv-test-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  const env = { FLOWSERV_API_PORT: '0', ...stepRunner };

  /** Runs `npm start` with a setting, and returns its output and exit code. */
  const start = (more: Readonly<Record<string, string>>) =>
    new Promise<{ code: unknown; output: string }>((resolve) => {
      const options = {
        env: { ...process.env, FLOWSERV_API_DIR: dataDir, ...env, ...more },
        timeout: 20_000,
      };
      execFile(process.execPath, [flowserv, 'local'], options, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
    });

  it('rejects a second stack on the same folder, and the first one continues', async () => {
    const first = await startStack({ dataDir, env });
    try {
      expect(statSync(join(dataDir, 'stack.json')).mode & 0o077).toBe(0);
      expect(statSync(dataDir).mode & 0o077).toBe(0);
      await expect(startStack({ dataDir, env })).rejects.toThrow(`another stack is running on ${dataDir}`);
      const second = await start({});
      expect(second.code).toBe(1);
      expect(second.output).toContain(`flowServ cannot start: another stack is running on ${dataDir}`);
      expect(second.output).not.toContain('    at ');
      expect((await fetch(`${first.url}/`)).status).toBe(200);
      expect(existsSync(join(dataDir, 'stack.json'))).toBe(true);
    } finally {
      await first.close();
    }
    expect(existsSync(join(dataDir, 'stack.json'))).toBe(false);
  });

  it('[N2] keeps files in the folder that FLOWSERV_FILESTORE configures, and does not start without them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-test-'));
    const [data, files, config] = [join(folder, 'data'), join(folder, 'files'), join(folder, 'volume.yaml')];
    writeFileSync(config, JSON.stringify({ args: { basedir: files } }));
    const chosen = { dataDir: data, env: { ...env, FLOWSERV_FILESTORE: config } };
    await (await startStack(chosen)).close();
    expect(existsSync(join(files, 'index.sqlite'))).toBe(true);
    expect(existsSync(join(data, 's3'))).toBe(false);
    await expect(startStack({ dataDir: data, env })).rejects.toThrow(
      'does not have the files of this server',
    );
    await (await startStack(chosen)).close();
    rmSync(folder, { recursive: true });
  });

  it('names a port that is in use, and leaves the folder unlocked', async () => {
    const holder = createServer();
    const port = await quietPort();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    const taken = startStack({ dataDir, env: { ...env, FLOWSERV_API_PORT: String(port) } });
    await expect(taken).rejects.toThrow(
      `port ${port} is taken; stop what uses it, or choose another with FLOWSERV_API_PORT`,
    );
    await new Promise((resolve) => holder.close(resolve));
    const stack = await startStack({ dataDir, env: { ...env, FLOWSERV_API_PORT: String(port) } });
    expect(stack.url).toContain(`:${port}/`);
    await stack.close();
  });

  it('B12: ends with a message for an invalid setting', async () => {
    const { code, output } = await start({ ROB_WEBAPI_CONTENTLENGTH: 'ABC' });
    expect(code).toBe(1);
    expect(output).toMatch(/^flowServ cannot start: unusable settings: ROB_WEBAPI_CONTENTLENGTH: .+\n$/);
  });

  it('keeps users and their sessions after a restart', async () => {
    const first = await startStack({ dataDir, env });
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ username: 'alice', password: 'pwd' });
    const inactive = JSON.stringify({ username: 'alice', password: 'pwd', verify: false });
    await fetch(`${first.url}/users/register`, { method: 'POST', headers, body: inactive });
    const login = await fetch(`${first.url}/users/login`, { method: 'POST', headers, body });
    const session: unknown = await login.json();
    await first.close();
    const second = await startStack({ dataDir, env });
    const token = String(Object(session).token);
    const whoami = await fetch(`${second.url}/users/whoami`, { headers: { api_key: token } });
    expect(await whoami.json()).toEqual(session);
    await second.close();
  });
});
