import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { release } from 'node:os';
import { join } from 'node:path';
import { stopListening } from '../../../listen.ts';

/** Status and body of a response; a list is a stream of lines. A status of 0 sends no response. */
export type FakeResponse = readonly [status: number, body?: unknown];

interface FakeEngine {
  readonly host: string;
  /** Such as `GET /v1.41/info`. */
  readonly requests: string[];
  /** Headers of the last request to a path. */
  header(path: string, name: string): string | undefined;
  close(): Promise<void>;
}

const DOCKER = {
  Version: '27.3.1',
  ApiVersion: '1.47',
  MinAPIVersion: '1.24',
  Components: [{ Name: 'Engine' }],
};

export const dockerInfo = {
  OperatingSystem: 'Debian GNU/Linux 12',
  KernelVersion: release(),
  NCPU: 2,
  MemoryLimit: true,
  CpuCfsQuota: true,
  PidsLimit: true,
  CgroupDriver: 'systemd',
  CgroupVersion: '2',
  SecurityOptions: ['name=seccomp,profile=builtin'],
};

/**
 * Starts a server that responds as dockerd does, for responses that a real engine does not give in a test.
 *
 * @param responses responses by method and path without the version, such as `GET /info`
 */
export async function startFakeEngine(
  responses: Readonly<Record<string, FakeResponse>> = {},
): Promise<FakeEngine> {
  const folder = await mkdtemp('/tmp/le-');
  const socketPath = join(folder, 'docker.sock');
  const all: Record<string, FakeResponse> = {
    'GET /version': [200, DOCKER],
    'GET /info': [200, dockerInfo],
    ...responses,
  };
  const requests: string[] = [];
  const seen = new Map<string, IncomingMessage>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://engine');
    const path = url.pathname.replace(/^\/v[\d.]+/, '');
    requests.push(`${request.method} ${request.url}`);
    seen.set(path, request);
    request.resume();
    send(response, all[`${request.method} ${path}`] ?? [404, { message: `no such thing: ${path}` }]);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    host: `unix://${socketPath}`,
    requests,
    header: (path, name) => seen.get(path)?.headers[name]?.toString(),
    async close() {
      await stopListening(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function send(response: ServerResponse, [status, body]: FakeResponse): void {
  if (status === 0) return;
  response.statusCode = status;
  if (!Array.isArray(body)) response.end(body === undefined ? undefined : JSON.stringify(body));
  else response.end(body.map((line) => JSON.stringify(line)).join('\r\n'));
}
