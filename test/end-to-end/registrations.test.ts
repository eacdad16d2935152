import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { findGroup } from '../../shared/groups/group.ts';
import { giveRole } from '../../shared/members/members.ts';
import { keys } from '../../shared/store/keys.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, PAUSE_AND_SCORE, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

/** Who is registered in a benchmark, as its organisers see it. */
const stack = useStack({ check: 'consistency' });
type User = { id: string; token: string };
let users: Record<'ann' | 'ben' | 'cleo' | 'otto', User>;
let groups: Record<'one' | 'two', string>;
const began = new Date().toISOString().slice(0, 19);

const list = (query = '', token = users.otto.token) =>
  stack.request('GET', `/workflows/W/registrations${query}`, { token });

beforeAll(async () => {
  const [ann, ben, cleo, otto] = await Promise.all(['ann', 'ben', 'cleo', 'otto'].map(stack.user));
  if (!ann || !ben || !cleo || !otto) throw new Error('no users');
  users = { ann, ben, cleo, otto };
  const manifest = 'participants: {rules: rules.md}\n';
  await installTemplate(stack, PAUSE_AND_SCORE, { 'rules.md': 'Be fair.' }, { id: 'W' }, manifest);
  await giveRole(stack.services, 'operator', 'W', 'otto', 'viewer');
  await giveRole(stack.services, 'operator', 'W', 'cleo', 'organiser');
  groups = {
    one: await stack.group('W', ann.token, 'One'),
    two: await stack.group('W', ben.token, 'Two'),
  };
  const members = [ann.id, cleo.id];
  await stack.request('PUT', `/groups/${groups.one}`, { token: ann.token, body: { members } });
  await stack.request('PUT', `/groups/${groups.two}`, {
    token: ben.token,
    body: { members: [ben.id, ann.id] },
  });
  const { json: rules } = await stack.request('GET', '/workflows/W/rules', { token: ann.token });
  const body = { version: rules.version };
  await stack.request('POST', '/workflows/W/rules', { token: ann.token, body });
  for (let run = 0; run < 2; run += 1) {
    await stack.ended((await start(stack, groups.one, ann.token)).json.id, ann.token);
  }
});

it('has each member of each group with role, rules and runs', async () => {
  const { status, json } = await list();
  expect(status).toBe(200);
  const { json: runs } = await stack.request('GET', `/groups/${groups.one}/runs`, { token: users.ann.token });
  const lastRunAt = runs.runs.at(-1).createdAt;
  const time = expect.stringMatching(/^20.*\+00:00$/);
  const one = { group: { id: groups.one, name: 'One' }, joinedAt: time, runs: 2, lastRunAt };
  const two = { group: { id: groups.two, name: 'Two' }, joinedAt: time, runs: 0 };
  const user = (name: 'ann' | 'ben' | 'cleo') => ({ user: { id: users[name].id, username: name } });
  const expected = [
    { ...one, ...user('ann'), isOwner: true, rulesAcceptedAt: time },
    { ...one, ...user('cleo'), isOwner: false, role: 'organiser' },
    { ...two, ...user('ben'), isOwner: true },
    { ...two, ...user('ann'), isOwner: false, rulesAcceptedAt: time },
  ];
  const sorted = (all: { group: { name: string }; user: { username: string } }[]) =>
    all.toSorted((a, b) =>
      `${a.group.name} ${a.user.username}`.localeCompare(`${b.group.name} ${b.user.username}`),
    );
  expect(sorted(json.registrations)).toEqual(sorted(expected));
  for (const { joinedAt } of json.registrations) expect(joinedAt >= began).toBe(true);
});

it('keeps the time at which a member joined when others join, and when the group is renamed', async () => {
  const joined = async () => {
    const { json } = await list();
    const [ann] = json.registrations.filter(
      ({ user, group }: { user: { id: string }; group: { id: string } }) =>
        user.id === users.ann.id && group.id === groups.two,
    );
    return ann?.joinedAt;
  };
  const before = await joined();
  const { ben, ann, cleo } = users;
  const changes = [{ members: [ben.id, ann.id, cleo.id] }, { name: 'Two!' }, { members: [ann.id, ben.id] }];
  for (const body of changes) {
    const { status } = await stack.request('PUT', `/groups/${groups.two}`, { token: ben.token, body });
    expect(status).toBe(200);
    expect(await joined()).toBe(before);
  }
  await stack.request('DELETE', `/groups/${groups.two}/members/${ann.id}`, { token: ben.token });
  await stack.request('PUT', `/groups/${groups.two}`, {
    token: ben.token,
    body: { name: 'Two', members: [ben.id, ann.id] },
  });
  expect((await joined()) > before).toBe(true);
});

it('returns pages by group, and the same as CSV', async () => {
  const found: string[] = [];
  let cursor = '';
  do {
    const { json } = await list(`?limit=1${cursor}`);
    found.push(...json.registrations.map(({ user }: { user: { username: string } }) => user.username));
    expect(new Set(json.registrations.map(({ group }: { group: { id: string } }) => group.id)).size).toBe(1);
    cursor = json.nextCursor === undefined ? '' : `&cursor=${json.nextCursor}`;
  } while (cursor !== '');
  expect(found.toSorted()).toEqual(['ann', 'ann', 'ben', 'cleo']);
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-registrations-'));
  try {
    const file = join(folder, 'registrations.csv');
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: users.otto.token });
    expect((await flowserv(`workflows registrations -w W --csv ${file}`)).code).toBe(0);
    const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\r\n');
    expect(header).toBe(
      'user,user_id,group,group_id,is_owner,joined_at,role,approval,rules_accepted_at,runs,last_run_at',
    );
    expect(lines.map((line) => line.split(',')[0]).toSorted()).toEqual(found.toSorted());
    const { stdout } = await flowserv('workflows registrations -w W');
    expect(stdout).toMatch(/\ncleo \| One +\| .* \| organiser \|/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('is for members of the workflow only', async () => {
  expect((await list('', users.ann.token)).status).toBe(403);
  expect((await list('?cursor=x')).status).toBe(400);
});

it('shows a member whom an earlier release added without a time, and no deleted group', async () => {
  const key = keys.group(groups.one);
  const group = await findGroup(stack.services, groups.one);
  const members = group.members.map(({ id, name }) => ({ id, name }));
  await stack.services.table.update(key, { set: { members } });
  const [ann, cleo] = (await list()).json.registrations.filter(
    (one: { group: { id: string } }) => one.group.id === groups.one,
  );
  expect(ann.joinedAt).toBe(group.createdAt);
  expect(cleo).not.toHaveProperty('joinedAt');
  await stack.request('DELETE', `/groups/${groups.two}`, { token: users.ben.token });
  const { json } = await list();
  expect(json.registrations).toHaveLength(2);
});
