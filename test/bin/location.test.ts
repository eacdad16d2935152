import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findUrl, namedUrl, requireStack } from '../../bin/session/location.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowserv-location-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const URL_OF_STACK = 'http://localhost:5001/flowserv/api/v1';
const writeStack = (pid: number) =>
  writeFileSync(
    join(folder, 'stack.json'),
    JSON.stringify({ pid, url: URL_OF_STACK, operator: { FLOWSERV_STAGE: 'local' } }),
  );
const here = () => ({ FLOWSERV_API_DIR: folder });

describe('the server', () => {
  it('is the option if it is set', () => {
    writeStack(process.pid);
    const env = { ...here(), FLOWSERV_API_PORT: '8888' };
    expect(findUrl('https://rob.example/api/', env)).toBe('https://rob.example/api');
  });

  it('N3: is not found with an unknown type of client', () => {
    writeStack(process.pid);
    for (const type of ['', 'local', 'remote']) {
      expect(findUrl(undefined, { ...here(), FLOWSERV_CLIENT: type })).toBe(URL_OF_STACK);
    }
    expect(() => findUrl(undefined, { ...here(), FLOWSERV_CLIENT: 'UNKNOWN' })).toThrow(
      "invalid client type 'UNKNOWN'",
    );
  });

  it('comes from the variables if any of them is set', () => {
    writeStack(process.pid);
    expect(findUrl(undefined, { ...here(), FLOWSERV_API_HOST: 'rob.example' })).toBe(
      'http://rob.example:5000/flowserv/api/v1',
    );
    expect(findUrl(undefined, { FLOWSERV_API_PORT: '80', FLOWSERV_API_PATH: 'app-path/v1' })).toBe(
      'http://localhost/app-path/v1',
    );
  });

  it('is the local stack otherwise, and if the variables only make it choose a port', () => {
    writeStack(process.pid);
    expect(findUrl(undefined, here())).toBe(URL_OF_STACK);
    expect(findUrl(undefined, { ...here(), FLOWSERV_API_PORT: '0', FLOWSERV_API_HOST: '' })).toBe(
      URL_OF_STACK,
    );
    expect(namedUrl(undefined, here())).toBeUndefined();
  });

  it('is rejected if it is not an address', () => {
    expect(() => findUrl('localhost:5000', {})).toThrow("'localhost:5000' is not an address of an API");
    expect(() => findUrl('file:///etc/passwd', {})).toThrow('is not an address');
  });
});

describe('the local stack', () => {
  it('is missing without its file, and the error says how to start one', () => {
    expect(() => requireStack(here())).toThrow(
      `no flowServ runs on ${folder}; start one with \`flowserv local\``,
    );
  });

  it('is missing if the process of its file is dead', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeStack(pid);
    expect(() => requireStack(here())).toThrow('flowserv local');
  });

  it('gives the operator its settings', () => {
    writeStack(process.pid);
    expect(requireStack(here()).operator).toEqual({ FLOWSERV_STAGE: 'local' });
  });

  it.each(['', '{', '{"pid": -1, "url": "x", "operator": {}}', '{"url": "x"}'])(
    'is not guessed from a damaged file: %j',
    (text) => {
      writeFileSync(join(folder, 'stack.json'), text);
      expect(() => requireStack(here())).toThrow('is not a file of flowServ');
    },
  );
});
