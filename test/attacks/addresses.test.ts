import { describe, expect, it } from 'vitest';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** Attackers who forge a different address for each attempt, with headers of a proxy or CloudFront. */
const limits = { FLOWSERV_ATTEMPTS_BY_NAME: '1', FLOWSERV_ATTEMPTS_BY_ADDRESS: '2' };
const claims = (address: string) => ({
  'x-forwarded-for': address,
  'x-flowserv-viewer': address,
  'x-flowserv-edge': 'key',
  forwarded: `for=${address}`,
  'x-real-ip': address,
});

/** Returns the responses to requests for a new password for one name, each with different headers. */
const ask = async (stack: ReturnType<typeof useStack>, headers: readonly Record<string, string>[]) => {
  const statuses = [];
  for (const each of headers) {
    const body = { username: 'alice' };
    statuses.push((await stack.request('POST', '/users/password/request', { body, headers: each })).status);
  }
  return statuses;
};

describe('a server without a proxy', () => {
  const stack = useStack({ env: limits });

  it('counts attempts by the address of the connection and ignores headers', async () => {
    const forged = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].map(claims);
    expect(await ask(stack, forged)).toEqual([200, 429, 429]);
  });
});

describe('a server behind a trusted proxy', () => {
  const stack = useStack({ env: { ...limits, FLOWSERV_TRUSTED_PROXY: '127.0.0.1' } });
  const through = (client: string, before = '') => ({ 'x-forwarded-for': `${before}${client}` });

  it('counts attempts by the address that the proxy appended, and ignores those of the client', async () => {
    expect(
      await ask(
        stack,
        ['1.1.1.1, ', '2.2.2.2, '].map((forged) => through('198.51.100.1', forged)),
      ),
    ).toEqual([200, 429]);
    expect(await ask(stack, [through('198.51.100.2')])).toEqual([200]);
  });
});
