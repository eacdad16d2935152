import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runner } from '@flowserv/local-aws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { recoveringOther } from '../../../infra/local/runners/recover-other.ts';
import type { RunnerName } from '../../../infra/local/runners/runner-setting.ts';

const METADATA_ID = 'e0a7c3b1-of-a-killed-server';
const leftover = { taskId: 'a'.repeat(32), metadataId: METADATA_ID, handle: undefined };

/** Recovers with a runner that does nothing, on a folder whose last runner was another one. */
async function recover(name: RunnerName, before: RunnerName | undefined, dockerHost = 'unix:///nowhere') {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-recover-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const calls: string[] = [];
  const lines: string[] = [];
  const own: Runner = {
    openTask: () => Promise.reject(new Error('unused')),
    recover: async () => void calls.push('own'),
  };
  const runner = recoveringOther(name, own, {
    before,
    env: { DOCKER_HOST: dockerHost },
    dataDir: folder,
    workRoot: join(folder, 'tasks'),
    launcher: undefined,
    onProgress: (line) => lines.push(line),
  });
  await runner.recover([leftover]);
  return { calls, lines };
}

/** An engine that lists one container for every stack. */
async function startEngine() {
  const removed: string[] = [];
  const responses: Record<string, unknown> = {
    '/version': { Version: '27.0', ApiVersion: '1.41', MinAPIVersion: '1.24' },
    '/info': { CgroupDriver: 'cgroupfs' },
    '/containers/json': [{ Id: 'left' }],
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '');
    if (request.method === 'DELETE') removed.push(path);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(responses[path] ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { removed, host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a start with another runner than the last one', () => {
  it('removes the containers that an engine left', async () => {
    const { removed, host } = await startEngine();
    expect(await recover('sandbox', 'engine', host)).toEqual({ calls: ['own'], lines: [] });
    expect(removed).toEqual(['/containers/left']);
  });

  it('continues without an engine that does not respond, and warns of containers that may still run', async () => {
    const { calls, lines } = await recover('process', 'engine');
    expect(calls).toEqual(['own']);
    expect(lines).toEqual([
      'containers of the last start may continue to run until a start with --runner engine: no container engine responds at DOCKER_HOST=unix:///nowhere (connect ENOENT /nowhere)',
    ]);
  });

  it.runIf(process.platform === 'linux')(
    'ends the processes that a server without an engine left',
    async () => {
      for (const before of ['process', 'sandbox'] as const) {
        const child = spawn('sleep', ['600'], {
          env: { ...process.env, ECS_CONTAINER_METADATA_URI_V4: `http://localhost/v4/${METADATA_ID}` },
          detached: true,
        });
        const exit = once(child, 'exit');
        expect((await recover('engine', before)).calls).toEqual(['own']);
        expect(await exit).toEqual([null, 'SIGKILL']);
      }
    },
  );

  it('calls no other runner if the runner did not change', async () => {
    expect(await recover('engine', 'engine')).toEqual({ calls: ['own'], lines: [] });
    expect(await recover('engine', undefined)).toEqual({ calls: ['own'], lines: [] });
  });
});
