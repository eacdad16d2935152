import { beforeAll, describe, expect, it } from 'vitest';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { cliWith } from './run-cli.ts';

/** Decisions of the operator about accounts: HTTP requests alone never activate an account or return a new password. */
describe('an operator of accounts', () => {
  const stack = useStack({ env: { FLOWSERV_PASSWORD_RESET: 'operator', FLOWSERV_SIGNUP: 'approval' } });
  let flowserv: ReturnType<typeof cliWith>;
  const account = { username: 'alice', password: 'first secret' };
  const login = (password: string) =>
    stack.request('POST', '/users/login', { body: { username: 'alice', password } });

  beforeAll(async () => {
    flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir });
  });

  it('activates a registered account', async () => {
    const registered = await stack.request('POST', '/users/register', { body: account });
    expect(registered.status).toBe(201);
    expect((await login(account.password)).status).toBe(404);

    const activated = await flowserv('users activate -u alice');

    expect(activated).toEqual({
      code: 0,
      stdout: `Activated alice with ID ${registered.json.id}.\n`,
      stderr: '',
    });
    expect((await login(account.password)).status).toBe(200);
  });

  it('lists waiting accounts, and approves, disables and enables accounts', async () => {
    const { id } = (
      await stack.request('POST', '/users/register', {
        body: { username: 'bob', password: 'secret', verify: false },
      })
    ).json;
    const states = async () => JSON.parse((await flowserv('users list --all --json')).stdout);
    const alice = { id: expect.any(String), username: 'alice', state: 'active' };
    expect(await states()).toEqual([alice, { id, username: 'bob', state: 'waiting' }]);
    for (const [command, done, state] of [
      ['approve', 'Approved', 'active'],
      ['disable', 'Disabled', 'disabled'],
      ['enable', 'Enabled', 'active'],
    ]) {
      const { stdout } = await flowserv(`users ${command} -u bob`);
      expect(stdout).toBe(`${done} bob with ID ${id}.\n`);
      expect(await states()).toEqual([alice, { id, username: 'bob', state }]);
    }
    await flowserv('users disable -u bob');
    const refused = await flowserv('users approve -u bob');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      "error: account 'bob' is disabled; use 'flowserv users enable'\n",
    ]);
    const { stdout } = await flowserv('users list --state disabled');
    expect(stdout).toContain('bob');
    expect(stdout).not.toContain('alice');
  });

  it('gets the id that resets a password', async () => {
    const { stdout, code } = await flowserv('users reset-password -u alice');
    const body = { requestId: stdout.trim(), password: 'second secret' };

    const reset = await stack.request('POST', '/users/password/reset', { body });

    expect(code).toBe(0);
    expect(reset.status).toBe(200);
    expect((await login('second secret')).status).toBe(200);
    expect((await login(account.password)).status).toBe(404);
  });

  it('gets an error for an unknown user', async () => {
    for (const command of ['activate', 'approve', 'disable', 'enable', 'reset-password']) {
      const { code, stderr } = await flowserv(`users ${command} -u nobody`);
      expect(code).toBe(1);
      expect(stderr).toContain("unknown user 'nobody'");
    }
  });
});
