import { beforeAll, describe, expect, it } from 'vitest';
import { groupCodec } from '../../shared/groups/group.ts';
import { giveRole } from '../../shared/members/members.ts';
import { readSums } from '../../shared/quotas/reserve.ts';
import { keys } from '../../shared/store/keys.ts';
import { contestRequests } from '../end-to-end/contest-requests.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { type Account, namedUsers } from '../end-to-end/named-users.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency', env: { FLOWSERV_QUOTA_GROUPS: '30' } });
const { left } = contestRequests(stack);

const ofQuota = (owner: string) => ({ owner, unit: 'groups' as const, window: 'kept', amount: 1 });
const { user, ask, register, create } = namedUsers(stack);
const names = (list: readonly { username: string }[] = []) => list.map(({ username }) => username);
const handle = async (name: string, group: string) => (await ask(name, 'GET', `/groups/${group}`)).json;
const leave = (name: string, group: string, who = name) =>
  ask(name, 'DELETE', `/groups/${group}/members/${user(who).id}`);
const accept = (name: string, group: string) => ask(name, 'POST', `/groups/${group}/invitations/accept`);
const invitationsOf = async (name: string) => (await ask(name, 'GET', '/invitations')).json.invitations;

beforeAll(async () => {
  await register(['ann', 'ben', 'cem', 'dea', 'eve']);
  const install = (id: string, settings: string) =>
    installTemplate(stack, oneStep(['true']), {}, { id }, settings);
  await install('FREE', '');
  await install('ASKED', 'participants: {invitations: required}\n');
  await install(
    'FEW',
    'participants: {invitations: required}\ncontest: {limits: {groupsPerUser: 1, maxGroupMembers: 3}}\n',
  );
});

describe('the members of a group', () => {
  it('leave it, and remove each other', async () => {
    const { json } = await create('ann', 'FREE', ['ben', 'cem']);
    expect((await leave('ben', json.id)).status).toBe(204);
    expect((await ask('ben', 'GET', `/groups/${json.id}`)).status).toBe(403);
    expect((await ask('ben', 'GET', '/groups')).json.groups).not.toContainEqual(
      expect.objectContaining({ id: json.id }),
    );
    expect((await leave('cem', json.id, 'ann')).status).toBe(204);
    expect(names((await handle('cem', json.id)).members)).toEqual(['cem']);
    const unknown = await leave('cem', json.id, 'ben');
    expect([unknown.status, unknown.json.code]).toEqual([404, 'user.unknown']);
  });

  it('cannot leave as the last one, who can delete the group', async () => {
    const { json } = await create('ann', 'FREE');
    const last = await leave('ann', json.id);
    expect([last.status, last.json.code]).toEqual([400, 'group.last-member']);
    expect(last.json.message).toContain('delete the group instead');
    expect((await ask('ann', 'DELETE', `/groups/${json.id}`)).status).toBe(204);
  });

  it('leave at the same time, until one is left', async () => {
    const { json } = await create('ann', 'FREE', ['ben', 'cem', 'dea']);
    const results = await Promise.all(['ann', 'ben', 'cem', 'dea'].map((name) => leave(name, json.id)));
    expect(results.map(({ status }) => status).toSorted()).toEqual([204, 204, 204, 400]);
  });
});

describe('the owner of a group', () => {
  it('hands it over to another member, who gives nothing of the own quota', async () => {
    const { json } = await create('ann', 'FREE', ['ben']);
    const path = `/groups/${json.id}/owner`;
    const handOver = (by: string, name: string) => ask(by, 'PUT', path, { userId: user(name).id });
    expect((await ask('ben', 'GET', path)).json).toEqual({ id: user('ann').id, username: 'ann' });
    expect((await handOver('ben', 'ben')).status).toBe(403);
    expect((await handOver('ann', 'cem')).status).toBe(404);
    const used = (name: string) => readSums(stack.services, [ofQuota(user(name).id)]);
    const [[anns = 0], [bens = 0]] = [await used('ann'), await used('ben')];
    expect((await handOver('ann', 'ben')).json).toEqual({ id: user('ben').id, username: 'ben' });
    expect([await used('ann'), await used('ben')]).toEqual([[anns], [bens]]);
    // The former owner stays a member.
    expect((await handOver('ann', 'ann')).status).toBe(403);
    expect(names((await handle('ann', json.id)).members)).toEqual(['ann', 'ben']);
    await ask('ann', 'DELETE', `/groups/${json.id}`);
    expect([await used('ann'), await used('ben')]).toEqual([[anns - 1], [bens]]);
  });
});

describe('a benchmark that requires invitations', () => {
  it('invites the members of a new group, and says so', async () => {
    const { status, json } = await create('ann', 'ASKED', ['ben']);
    expect(status).toBe(201);
    expect(json.members).toEqual([{ id: user('ann').id, username: 'ann' }]);
    expect(json.invitations).toEqual([
      {
        id: user('ben').id,
        username: 'ben',
        invitedBy: { id: user('ann').id, username: 'ann' },
        invitedAt: expect.any(String),
      },
    ]);
    expect((await ask('ben', 'GET', `/groups/${json.id}`)).status).toBe(403);
    expect(await invitationsOf('ben')).toEqual([
      {
        group: { id: json.id, name: json.name, workflow: 'ASKED' },
        invitedBy: { id: user('ann').id, username: 'ann' },
        invitedAt: expect.any(String),
      },
    ]);
    const joined = await accept('ben', json.id);
    expect([joined.status, names(joined.json.members), joined.json.invitations]).toEqual([
      200,
      ['ann', 'ben'],
      undefined,
    ]);
    expect(await invitationsOf('ben')).toEqual([]);
    // A repeated request changes nothing.
    expect((await accept('ben', json.id)).status).toBe(200);
  });

  it.each(['PUT', 'POST'])(
    'invites new names of %s, keeps open invitations and removes members',
    async (method) => {
      const { json } = await create('ann', 'ASKED', ['ben']);
      await accept('ben', json.id);
      const change = (members: readonly string[]) =>
        ask('ann', method, `/groups/${json.id}`, { members: members.map((name) => user(name).id) });
      const invited = (await change(['ann', 'ben', 'cem'])).json;
      expect([names(invited.members), names(invited.invitations)]).toEqual([['ann', 'ben'], ['cem']]);
      // A client that does not know invitations names members only.
      const next = (await change(['ann', 'dea'])).json;
      expect([names(next.members), names(next.invitations)]).toEqual([['ann'], ['cem', 'dea']]);
      await ask('ann', 'DELETE', `/groups/${json.id}`);
    },
  );

  it('lets the invited decline, and members withdraw', async () => {
    const { json } = await create('ann', 'ASKED', ['cem', 'dea']);
    const path = (name: string) => `/groups/${json.id}/invitations/${user(name).id}`;
    // Only one's own; strangers have none.
    expect((await ask('cem', 'DELETE', path('dea'))).status).toBe(403);
    expect((await ask('eve', 'DELETE', path('dea'))).status).toBe(403);
    expect((await accept('eve', json.id)).status).toBe(403);
    expect((await ask('cem', 'DELETE', path('cem'))).status).toBe(204);
    expect((await accept('cem', json.id)).status).toBe(403);
    expect((await ask('ann', 'DELETE', path('dea'))).status).toBe(204);
    expect((await accept('dea', json.id)).status).toBe(403);
    const again = await ask('ann', 'DELETE', path('dea'));
    expect([again.status, again.json.code]).toEqual([404, 'invitation.unknown']);
    expect((await ask('ann', 'POST', `/groups/${json.id}/invitations`, { username: 'dea' })).status).toBe(
      200,
    );
    expect((await accept('dea', json.id)).status).toBe(200);
    const member = await ask('ann', 'POST', `/groups/${json.id}/invitations`, { username: 'dea' });
    expect([member.status, member.json.code]).toEqual([400, 'group.member']);
  });

  it('removes invitations with the group, even if it is deleted while they are accepted', async () => {
    const { json } = await create('ann', 'ASKED', ['ben', 'cem', 'dea']);
    const [deleted, ...accepted] = await Promise.all([
      ask('ann', 'DELETE', `/groups/${json.id}`),
      ...['ben', 'cem', 'dea'].map((name) => accept(name, json.id)),
    ]);
    expect(deleted?.status).toBe(204);
    for (const { status } of accepted) expect([200, 404]).toContain(status);
    for (const name of ['ben', 'cem', 'dea']) {
      expect(await invitationsOf(name)).toEqual([]);
      expect((await ask(name, 'GET', `/groups/${json.id}`)).status).toBe(404);
    }
  });
});

describe('the limits of a contest', () => {
  it('hold for accepting: a group takes as many as it may have', async () => {
    const { json } = await create('ann', 'FEW', ['ben', 'cem']);
    await ask('ann', 'POST', `/groups/${json.id}/invitations`, { username: 'dea' });
    const results = await Promise.all(['ben', 'cem', 'dea'].map((name) => accept(name, json.id)));
    expect(results.map(({ status }) => status).toSorted()).toEqual([200, 200, 400]);
    expect((await handle('ann', json.id)).members).toHaveLength(3);
    await ask('ann', 'DELETE', `/groups/${json.id}`);
  });

  it('hold for accepting twenty invitations at once: a user joins as many groups as allowed', async () => {
    const owners: Account[] = [];
    for (let i = 0; i < 20; i += 1) owners.push(await stack.user(`owner ${i}`));
    const groups = await Promise.all(
      owners.map(async ({ token }, i) => {
        const body = { name: `Many ${i}`, members: [user('eve').id] };
        return (await stack.request('POST', '/workflows/FEW/groups', { token, body })).json.id as string;
      }),
    );
    const results = await Promise.all(groups.map((group) => accept('eve', group)));
    const codes = results.map(({ status, json }) => (status === 200 ? 'joined' : json.code));
    expect(codes.toSorted()).toEqual([...Array.from({ length: 19 }, () => 'contest.groups'), 'joined']);
    const joined = groups[codes.indexOf('joined')] ?? '';
    expect((await left(joined, user('eve').token)).groupsPerUser).toBe(0);
    expect((await leave('eve', joined)).status).toBe(204);
    const next = groups.find((group) => group !== joined) ?? '';
    expect((await accept('eve', next)).status).toBe(200);
  });

  it('keep counting runs for the user who created the group', async () => {
    const { json } = await create('ben', 'FEW', ['cem']);
    await accept('cem', json.id);
    await leave('ben', json.id);
    const stored = groupCodec.readMaybe(await stack.services.table.get(keys.group(json.id)));
    expect([stored?.ownerId, stored?.creatorId]).toEqual([user('cem').id, user('ben').id]);
  });
});

describe('the members of a workflow', () => {
  it('leave by themselves, except for the last owner', async () => {
    for (const [name, role] of [
      ['ann', 'owner'],
      ['ben', 'organiser'],
      ['cem', 'viewer'],
    ] as const)
      await giveRole(stack.services, 'operator', 'FREE', name, role);
    const drop = (by: string, name: string) => ask(by, 'DELETE', `/workflows/FREE/members/${user(name).id}`);
    expect((await drop('ben', 'cem')).status).toBe(403);
    expect((await drop('ben', 'ben')).status).toBe(204);
    expect((await drop('ben', 'ben')).status).toBe(403);
    expect((await drop('cem', 'cem')).status).toBe(204);
    const last = await drop('ann', 'ann');
    expect([last.status, last.json.code]).toEqual([400, 'member.last-owner']);
    const { entries } = (await ask('ann', 'GET', '/workflows/FREE/audit')).json;
    expect(entries[0]).toMatchObject({
      action: 'member.remove',
      user: { username: 'cem' },
      object: { name: 'cem' },
      detail: 'viewer',
    });
  });
});
