import { beforeAll, describe, expect, it } from 'vitest';
import { purgeSlice } from '../../shared/maintenance/purge.ts';
import { giveRole } from '../../shared/members/members.ts';
import { keys } from '../../shared/store/keys.ts';
import { installTemplate, PAUSE_AND_SCORE, start } from '../end-to-end/install-template.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { stored } from './stored.ts';

const stack = useStack({ check: 'consistency', env: { FLOWSERV_ATTEMPTS_BY_NAME: '3' } });

interface Account {
  readonly id: string;
  readonly token: string;
}
const ask = ({ token }: Pick<Account, 'token'>, method: string, path: string, body?: unknown) =>
  stack.request(method, path, { token, ...(body === undefined ? {} : { body }) });
const remove = (account: Account, name: string, password = `password of ${name}`) =>
  ask(account, 'POST', '/users/delete', { password });
const groupOf = (account: Account, workflow: string, name: string, members: readonly Account[] = []) =>
  ask(account, 'POST', `/workflows/${workflow}/groups`, { name, members: members.map(({ id }) => id) });
const login = (username: string, password = `password of ${username}`) =>
  stack.request('POST', '/users/login', { body: { username, password } });
/** Waits for the first pass of the purge, which leaves the user's own item. */
const purged = ({ id }: Account) =>
  poll(async () => {
    const items = await stack.services.table.list({ pk: keys.user(id).pk, prefix: '' });
    return items.every(({ sk }) => sk === 'META') ? items : undefined;
  }, 'the account was not purged');
/** The last pass of the purge, a minute later. */
const purgeLater = ({ id }: Account) =>
  purgeSlice(
    { ...stack.services, now: () => new Date(Date.now() + 120_000) },
    { kind: 'user', id, key: keys.user(id) },
  );
let keeper: Account;

beforeAll(async () => {
  keeper = await stack.user('keeper');
  await installTemplate(stack, PAUSE_AND_SCORE, {}, { id: 'KEEP' });
  const settings = 'participants: {onAccountDeletion: delete}\n';
  await installTemplate(stack, PAUSE_AND_SCORE, {}, { id: 'GONE' }, settings);
});

describe('an account', () => {
  it('is deleted with the password only, of which few attempts are possible', async () => {
    const cora = await stack.user('cora');
    for (const password of ['wrong', 'also wrong', 'wrong again']) {
      const refused = await remove(cora, 'cora', password);
      expect([refused.status, refused.json.code]).toEqual([403, 'auth.password']);
    }
    const limited = await remove(cora, 'cora');
    expect([limited.status, limited.json.code]).toEqual([429, 'auth.too-many']);
    expect((await ask(cora, 'GET', '/users/whoami')).status).toBe(200);
  });

  it('ends at once with its sessions, tokens and password, and its name stays taken', async () => {
    const dana = await stack.user('Dana Doe');
    const second = (await login('Dana Doe')).json.token;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    const scope = { access: 'read' };
    const { token } = (await ask(dana, 'POST', '/users/tokens', { name: 't', expires, scope })).json;
    const byToken = await remove({ id: dana.id, token }, 'Dana Doe');
    expect([byToken.status, byToken.json.message]).toEqual([403, 'not authorized']);
    const deleted = await remove(dana, 'Dana Doe');
    expect([deleted.status, deleted.json]).toEqual([200, { id: dana.id, username: 'Dana Doe' }]);
    expect(deleted.headers.get('set-cookie')).toContain('Max-Age=0');
    for (const each of [dana.token, second, token])
      expect((await ask({ token: each }, 'GET', '/users/whoami')).status).toBe(403);
    expect((await login('Dana Doe')).status).toBe(404);
    for (const username of ['Dana Doe', 'dana doe', 'deleted user', 'Deleted User']) {
      const body = { username, password: 'x', verify: false };
      const again = await stack.request('POST', '/users/register', { body });
      expect([again.status, again.json.code]).toEqual([400, 'user.duplicate']);
    }
    await purged(dana);
    expect(await purgeLater(dana)).toBe('done');
    const everything = (await stored(stack.services)).join('\n');
    expect(everything).not.toContain('Dana Doe');
    const left = everything.split('\n').filter((line) => line.includes(dana.id));
    expect(left.filter((line) => !/NAME#USER#|TOKEN#|QUOTA#|TOKENUSE#/.test(line))).toEqual([]);
  });

  it('of the last owner of a workflow is kept until another user is an owner', async () => {
    const olga = await stack.user('olga');
    await giveRole(stack.services, 'operator', 'KEEP', 'olga', 'owner');
    const refused = await remove(olga, 'olga');
    expect([refused.status, refused.json.code]).toEqual([400, 'member.last-owner']);
    expect(refused.json.message).toContain("'KEEP'");
    await giveRole(stack.services, 'operator', 'KEEP', 'keeper', 'owner');
    expect((await remove(olga, 'olga')).status).toBe(200);
    await poll(async () => {
      const { members } = (await ask(keeper, 'GET', '/workflows/KEEP/members')).json;
      return members.length === 1 && members[0].username === 'keeper' ? true : undefined;
    }, 'the account still has its role');
    const { entries } = (await ask(keeper, 'GET', '/workflows/KEEP/audit')).json;
    expect(entries[0]).toMatchObject({ action: 'member.remove', user: { username: 'deleted user' } });
  });
});

describe('the groups of a deleted account', () => {
  it('stay with their other members, who own them', async () => {
    const erik = await stack.user('erik');
    const { json: group } = await groupOf(erik, 'GONE', 'Shared', [keeper]);
    await remove(erik, 'erik');
    await purged(erik);
    const handle = (await ask(keeper, 'GET', `/groups/${group.id}`)).json;
    expect([handle.name, handle.members]).toEqual(['Shared', [{ id: keeper.id, username: 'keeper' }]]);
  });

  it('stay without name and members where the benchmark keeps them, and their name stays taken', async () => {
    const fred = await stack.user('fred');
    const { json: group } = await groupOf(fred, 'KEEP', 'Fred the Fast');
    const run = await start(stack, group.id, fred.token);
    await stack.ended(run.json.id, fred.token);
    await remove(fred, 'fred');
    await purged(fred);
    const leaderboard = await poll(async () => {
      const { ranking } = (await stack.request('GET', '/workflows/KEEP/leaderboard')).json;
      return ranking[0]?.group.name === 'Fred the Fast' ? undefined : ranking;
    }, 'the leaderboard shows the name');
    expect(leaderboard).toMatchObject([
      {
        run: { id: run.json.id },
        group: { id: group.id, name: expect.stringMatching(/^deleted user [0-9a-f]{8}$/) },
      },
    ]);
    const taken = await groupOf(keeper, 'KEEP', 'fred the fast');
    expect([taken.status, taken.json.code]).toEqual([400, 'group.duplicate']);
  });

  it('are deleted with their runs where the benchmark says so', async () => {
    const gina = await stack.user('gina');
    const { json: group } = await groupOf(gina, 'GONE', 'Gina');
    const run = await start(stack, group.id, gina.token);
    await stack.ended(run.json.id, gina.token);
    await remove(gina, 'gina');
    await purged(gina);
    expect((await ask(keeper, 'GET', `/groups/${group.id}`)).status).toBe(404);
    expect((await groupOf(keeper, 'GONE', 'Gina')).status).toBe(201);
  });

  it('lose an invitation of the user', async () => {
    const hugo = await stack.user('hugo');
    const { json: group } = await groupOf(keeper, 'KEEP', 'Inviting');
    await ask(keeper, 'POST', `/groups/${group.id}/invitations`, { username: 'hugo' });
    await remove(hugo, 'hugo');
    await purged(hugo);
    expect((await ask(keeper, 'GET', `/groups/${group.id}`)).json.invitations).toBeUndefined();
  });
});

describe('the export of an account', () => {
  it('has the account, its groups, invitations and roles, and needs a session', async () => {
    const ines = await stack.user('ines');
    const { json: own } = await groupOf(ines, 'KEEP', 'Ines');
    const { json: other } = await groupOf(keeper, 'KEEP', 'Other');
    await ask(keeper, 'POST', `/groups/${other.id}/invitations`, { username: 'ines' });
    await giveRole(stack.services, 'operator', 'GONE', 'ines', 'viewer');
    const exported = await ask(ines, 'GET', '/users/export');
    expect([exported.status, exported.json]).toEqual([
      200,
      {
        user: { id: ines.id, username: 'ines', createdAt: expect.any(String) },
        groups: [{ id: own.id, name: 'Ines', workflow: 'KEEP' }],
        invitations: [
          {
            group: { id: other.id, name: 'Other', workflow: 'KEEP' },
            invitedBy: { id: keeper.id, username: 'keeper' },
            invitedAt: expect.any(String),
          },
        ],
        mail: [],
        roles: [{ workflow: 'GONE', role: 'viewer', since: expect.any(String) }],
      },
    ]);
  });
});
