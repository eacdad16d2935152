import { createHook } from 'node:async_hooks';
import { scrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../../functions/auth.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices } from '../../shared/services/services.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { firstEvents } from './cold-starts.ts';

describe('the cold start of auth', () => {
  const stack = useStack({ isolate: false });

  it('hashes no password, neither at the start nor for the event of the bench', async () => {
    let hashes = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'SCRYPTREQUEST') hashes += 1;
      },
    }).enable();
    try {
      await new Promise((resolve) => scrypt('password', 'salt', 8, { N: 2 }, resolve));
      expect(hashes).toBe(1);

      const handler = createHandler(createServices(readConfig(stack.operator)));
      const event = firstEvents(new URL(stack.url).pathname.replace(/\/$/, '')).auth;
      const response: unknown = await Reflect.apply(handler, undefined, [event, {}]);

      expect(hashes).toBe(1);
      expect(response).toMatchObject({ statusCode: 403 });
    } finally {
      hook.disable();
    }
  });
});
