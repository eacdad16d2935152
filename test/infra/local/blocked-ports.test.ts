import { expect, it } from 'vitest';
import { assertNotBlocked, BLOCKED_PORTS } from '../../../infra/local/blocked-ports.ts';
import { startStack } from '../../../infra/local/stack.ts';

it('the list contains exactly the ports that fetch blocks', async () => {
  const reached = [80, 5000, 8080].map((port) => `http://127.0.0.1:${port}`);
  const blocked = [...BLOCKED_PORTS].map((port) => `http://127.0.0.1:${port}`);
  const isBlocked = async (url: string) => {
    const error: unknown = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch((cause) => cause);
    return error instanceof TypeError && error.cause instanceof Error && error.cause.message === 'bad port';
  };
  expect(await Promise.all(blocked.map(isBlocked))).not.toContain(false);
  expect(await Promise.all(reached.map(isBlocked))).not.toContain(true);
  expect(BLOCKED_PORTS.size).toBe(82);
});

it('a port that browsers block stops the start with the reason and a suggestion (report 25)', async () => {
  const start = (port: string) => startStack({ dataDir: '/nowhere', env: { FLOWSERV_API_PORT: port } });
  await expect(start('6000')).rejects.toThrow(
    'port 6000 cannot be used: browsers and other web clients do not connect to it, as it belongs to another ' +
      'protocol; choose another with FLOWSERV_API_PORT, such as 6001',
  );
  expect(() => assertNotBlocked(6665, 'X')).toThrow('choose another with X, such as 6670');
  expect(() => assertNotBlocked(22, 'X')).toThrow('such as 1024');
  await expect(
    startStack({ dataDir: '/nowhere', env: { FLOWSERV_FILES_URL: 'http://localhost:6000' } }),
  ).rejects.toThrow('choose another with FLOWSERV_FILES_URL');
});
