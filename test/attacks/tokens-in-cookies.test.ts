import { expect, it } from 'vitest';
import { createToken } from '../../shared/tokens/tokens.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();

it('an API token in the cookie of the login has the rights of its scope, for downloads only', async () => {
  const alice = await stack.user('alice');
  const runs: Record<string, string> = {};
  for (const id of ['A', 'B']) {
    await installTemplate(stack, oneStep(['echo 1 > x.txt'], '', ['x.txt']), {}, { id });
    const { json } = await start(stack, await stack.group(id, alice.token, 'Alice'), alice.token, {});
    runs[id] = (await stack.ended(json.id, alice.token)).id;
  }
  const caller = { id: alice.id, name: 'alice', tokenEpoch: 0 };
  const expiresAt = new Date(Date.now() + 3_600_000);
  const request = { name: 'CI', access: 'read', workflowId: 'A', expiresAt } as const;
  const { token } = await createToken(stack.services, caller, request);
  const status = async (path: string, method = 'GET') =>
    (await stack.request(method, path, { headers: { cookie: `__Host-flowserv=${token}` } })).status;
  expect([200, 202]).toContain(await status(`/runs/${runs.A}/downloads/archive`));
  expect(await status(`/runs/${runs.B}/downloads/archive`)).toBe(403);
  expect(await status(`/runs/${runs.A}`)).toBe(403);
  expect(await status(`/runs/${runs.A}`, 'DELETE')).toBe(403);
});
