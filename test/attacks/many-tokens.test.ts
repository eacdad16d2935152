import { describe, expect, it } from 'vitest';
import { exists } from '../../shared/store/expressions.ts';
import { keys } from '../../shared/store/keys.ts';
import { createToken, MAX_TOKENS, MAX_TOKENS_A_DAY } from '../../shared/tokens/tokens.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** One user cannot create so many API tokens that others pay for it. */
const stack = useStack();
const nextMonth = () => new Date(Date.now() + 30 * 86_400_000);
const create = (session: string, expires = nextMonth().toISOString()) =>
  stack.request('POST', '/users/tokens', {
    token: session,
    body: { name: 'CI', expires, scope: { access: 'read' } },
  });
const revoke = (session: string, id: string) =>
  stack.request('DELETE', `/users/tokens/${id}`, { token: session });

describe('the number of tokens of a user', () => {
  it('is exact, however many are requested at the same time', async () => {
    const carol = await stack.user('carol');
    const responses = await Promise.all(Array.from({ length: MAX_TOKENS + 10 }, () => create(carol.token)));
    const made = responses.filter(({ status }) => status === 201);
    expect(made).toHaveLength(MAX_TOKENS);
    const rejected = responses.find(({ status }) => status !== 201);
    expect([rejected?.status, rejected?.json.code]).toEqual([400, 'token.limit']);
    await revoke(carol.token, made[0]?.json.id);
    expect((await create(carol.token)).status).toBe(201);
  });
});

describe('the tokens that a user creates in a day', () => {
  // A viewer could bury the entries of others in the audit list.
  it('are limited, revoked ones included', async () => {
    const dora = await stack.user('dora');
    const createAndRevoke = async () => {
      const { status, json } = await create(dora.token);
      expect(status).toBe(201);
      await revoke(dora.token, json.id);
    };
    await createAndRevoke();
    // As after all others but the last one.
    const change = { set: { failed: MAX_TOKENS_A_DAY - 1 } };
    await stack.services.table.update(keys.attempts('token', dora.id), change, exists);
    await createAndRevoke();
    const over = await create(dora.token);
    expect([over.status, over.json.code]).toEqual([429, 'auth.too-many']);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(80_000);
    const nextDay = { ...stack.services, now: () => new Date(Date.now() + 25 * 3_600_000) };
    const caller = { ...dora, name: 'dora', tokenEpoch: 0 };
    const input = { name: 'CI', access: 'read', expiresAt: nextMonth() } as const;
    expect((await createToken(nextDay, caller, input)).token).toMatch(/^fsv_/);
  });

  it('do not count if they are rejected', async () => {
    const emil = await stack.user('emil');
    const made = Array.from({ length: MAX_TOKENS }, () => create(emil.token));
    for (const { status } of await Promise.all(made)) expect(status).toBe(201);
    for (const { status } of [await create(emil.token), await create(emil.token, '2020-01-01')]) {
      expect(status).toBe(400);
    }
    const counter = await stack.services.table.get(keys.attempts('token', emil.id));
    expect(counter).toMatchObject({ opened: 0, failed: MAX_TOKENS });
  });
});
