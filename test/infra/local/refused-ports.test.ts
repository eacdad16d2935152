import { expect, it } from 'vitest';
import { assertNotRefused, REFUSED_PORTS } from '../../../infra/local/refused-ports.ts';
import { startStack } from '../../../infra/local/stack.ts';

it('the list contains exactly the ports that fetch refuses', async () => {
  const reached = [80, 5000, 8080].map((port) => `http://127.0.0.1:${port}`);
  const refused = [...REFUSED_PORTS].map((port) => `http://127.0.0.1:${port}`);
  const isRefused = async (url: string) => {
    const error: unknown = await fetch(url, { signal: AbortSignal.timeout(1000) }).catch((cause) => cause);
    return error instanceof TypeError && error.cause instanceof Error && error.cause.message === 'bad port';
  };
  expect(await Promise.all(refused.map(isRefused))).not.toContain(false);
  expect(await Promise.all(reached.map(isRefused))).not.toContain(true);
  expect(REFUSED_PORTS.size).toBe(82);
});

it('a port that browsers refuse stops the start with the reason and a suggestion (report 25)', async () => {
  const start = (port: string) => startStack({ dataDir: '/nowhere', env: { FLOWSERV_API_PORT: port } });
  await expect(start('6000')).rejects.toThrow(
    'port 6000 cannot be used: browsers and other web clients refuse to connect to it, as it belongs to another ' +
      'protocol; choose another with FLOWSERV_API_PORT, such as 6001',
  );
  expect(() => assertNotRefused(6665, 'X')).toThrow('choose another with X, such as 6670');
  expect(() => assertNotRefused(22, 'X')).toThrow('such as 1024');
  await expect(
    startStack({ dataDir: '/nowhere', env: { FLOWSERV_FILES_URL: 'http://localhost:6000' } }),
  ).rejects.toThrow('choose another with FLOWSERV_FILES_URL');
});
