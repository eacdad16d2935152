import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole, takeRole } from '../../shared/members/members.ts';
import { keys } from '../../shared/store/keys.ts';
import { changeAccount } from '../../shared/users/account-state.ts';
import { isApiToken, newApiToken } from '../../shared/users/api-token.ts';
import { openRequest } from '../../shared/users/password-reset.ts';
import { findUser } from '../../shared/users/user.ts';
import { runRequest } from '../api-http/wes-requests.ts';
import { fileArgument, installTemplate, oneStep, SCORES, start } from '../end-to-end/install-template.ts';
import type { Reply, Request } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** An API token gives no more than its scope, and nothing once its user has less. */
const stack = useStack({ check: 'consistency' });
const TEMPLATE = `${oneStep(['cat data.txt; echo "{\\"score\\": 1}" > result.json'], 'parameters:\n  - {name: data, dtype: file, target: data.txt}\n', ['result.json'])}${SCORES}`;

interface Account {
  readonly id: string;
  readonly token: string;
}
let alice: Account;
/** In each of two workflows: a group of alice, and an ended run, with an upload and an output. */
const own: Record<string, { group: string; run: string; upload: string; output: string }> = {};
const of = (workflow: 'A' | 'B') => {
  const found = own[workflow];
  if (!found) throw new Error(`nothing in ${workflow}`);
  return found;
};

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const create = (session: string, scope: object, more: object = {}) =>
  stack.request('POST', '/users/tokens', {
    token: session,
    body: { name: 'CI', expires: day(30), scope, ...more },
  });
const tokenOf = async (session: string, scope: object): Promise<string> => {
  const { status, json } = await create(session, scope);
  expect(status).toBe(201);
  return json.token;
};
const who = async (token: string) => (await stack.request('GET', '/users/whoami', { token })).status;

beforeAll(async () => {
  alice = await stack.user('alice');
  for (const id of ['A', 'B'] as const) {
    await installTemplate(stack, TEMPLATE, {}, { id });
    const group = await stack.group(id, alice.token, 'Alice');
    const data = await fileArgument(stack, group, alice.token, `data of ${id}`);
    const { json } = await start(stack, group, alice.token, { data });
    const run = await stack.ended(json.id, alice.token);
    own[id] = { group, run: run.id, upload: data.value.fileId, output: run.files[0].id };
  }
});

describe('a token that is limited to one workflow', () => {
  let token: string;
  beforeAll(async () => {
    token = await tokenOf(alice.token, { access: 'organise', workflow: 'A' });
  });
  const ask = (method: string, path: string, options: Omit<Request, 'token'> = {}): Promise<Reply> =>
    stack.request(method, path, { token, ...options });

  it('reaches what belongs to the workflow', async () => {
    const { group, run, upload, output } = of('A');
    const paths = [
      `/groups/${group}`,
      `/runs/${run}`,
      `/runs/${run}/downloads/files/${output}`,
      `/runs/${run}/diff/${run}`,
      `/uploads/${group}/files/${upload}`,
      '/workflows/A/groups',
    ];
    for (const path of paths) expect((await ask('GET', path)).status, path).toBe(200);
    expect((await start(stack, group, token)).status).toBe(400);
  });

  it('reaches nothing of another one, on no path', async () => {
    const [a, b] = [of('A'), of('B')];
    const form = new FormData();
    form.set('file', new Blob(['x']), 'x.txt');
    const attempts: readonly (readonly [string, string, Omit<Request, 'token'>?])[] = [
      ['GET', '/workflows/B'],
      ['GET', '/workflows/B/leaderboard'],
      ['GET', '/workflows/B/groups'],
      ['GET', '/workflows/B/crate'],
      ['GET', '/workflows/B/downloads/archive'],
      ['POST', '/workflows/B/groups', { body: { name: 'Other' } }],
      ['GET', `/groups/${b.group}`],
      ['PUT', `/groups/${b.group}`, { body: { name: 'Renamed' } }],
      ['DELETE', `/groups/${b.group}`],
      ['GET', `/groups/${b.group}/runs`],
      ['POST', `/groups/${b.group}/runs`, { body: { arguments: [] } }],
      ['GET', `/uploads/${b.group}/files`],
      ['POST', `/uploads/${b.group}/files`, { form }],
      ['GET', `/uploads/${b.group}/files/${b.upload}`],
      ['DELETE', `/uploads/${b.group}/files/${b.upload}`],
      ['POST', `/uploads/${b.group}/direct`, { body: { name: 'a', size: 1 } }],
      ['GET', `/runs/${b.run}`],
      ['GET', `/runs/${b.run}/output`],
      ['PUT', `/runs/${b.run}`],
      ['DELETE', `/runs/${b.run}`],
      ['GET', `/runs/${b.run}/downloads/archive`],
      ['GET', `/runs/${b.run}/downloads/files/${b.output}`],
      ['GET', `/runs/${b.run}/downloads/files/${b.output}?link=json`],
      ['GET', `/runs/${b.run}/crate`],
      ['GET', `/runs/${a.run}/diff/${b.run}`],
      ['GET', `/runs/${b.run}/diff/${a.run}`],
      ['GET', '/users'],
    ];
    for (const [method, path, options] of attempts) {
      const { status, json } = await ask(method, path, options);
      expect([method, path, status, json?.message]).toEqual([method, path, 403, 'not authorized']);
    }
    // An id of the other workflow below an object of its own.
    for (const path of [
      `/uploads/${a.group}/files/${b.upload}`,
      `/runs/${a.run}/downloads/files/${b.output}`,
    ]) {
      expect((await ask('GET', path)).status, path).toBe(404);
    }
    const argument = { type: '$file', value: { fileId: b.upload } };
    expect((await start(stack, a.group, token, { data: argument })).status).toBe(404);
  });

  it('lists only what it reaches', async () => {
    const idsOf = (list: readonly { id: string }[]) => list.map(({ id }) => id);
    expect(idsOf((await ask('GET', '/groups')).json.groups)).toEqual([of('A').group]);
    expect(idsOf((await ask('GET', '/workflows/A')).json.groups)).toEqual([of('A').group]);
    expect(idsOf((await ask('GET', '/workflows')).json.workflows)).toEqual(['A']);
    const base = new URL('/ga4gh/wes/v1', stack.url).href;
    const { runs } = (await ask('GET', '/runs', { base })).json;
    expect(runs.map((run: { run_id: string }) => run.run_id)).toEqual([of('A').run]);
  });

  it('reaches no run of another one over GA4GH WES, and no names of groups there', async () => {
    const base = new URL('/ga4gh/wes/v1', stack.url).href;
    await stack.group('B', alice.token, 'Second');
    const forms = [
      { workflow_url: 'flowserv:B' },
      { workflow_url: 'flowserv:B', tags: { group: of('B').group } },
      { workflow_url: 'flowserv:A', tags: { group: of('B').group } },
      { workflow_url: 'flowserv:B', tags: { group: of('A').group } },
    ];
    for (const fields of forms) {
      const { status, text } = await ask('POST', '/runs', { base, form: runRequest(fields) });
      expect(status).toBe(403);
      expect(text).not.toContain(of('B').group);
    }
    for (const path of ['', '/status', '/tasks', '/tasks/0']) {
      expect((await ask('GET', `/runs/${of('B').run}${path}`, { base })).status).toBe(403);
    }
    expect((await ask('POST', `/runs/${of('B').run}/cancel`, { base })).status).toBe(403);
  });

  it("gets no response of another request by that request's Idempotency-Key", async () => {
    const headers = { 'idempotency-key': 'same' };
    const body = { name: 'Once' };
    const made = await stack.request('POST', '/workflows/B/groups', { token: alice.token, body, headers });
    expect(made.status).toBe(201);
    expect((await ask('POST', '/workflows/B/groups', { body, headers })).status).toBe(403);
    const reader = await tokenOf(alice.token, { access: 'read', workflow: 'B' });
    const again = await stack.request('POST', '/workflows/B/groups', { token: reader, body, headers });
    expect(again.status).toBe(403);
  });
});

describe('an API token', () => {
  it.each([
    ['expires in the past', { expires: day(-1) }, 400, 'token.expiry'],
    ['expires in more than a year', { expires: day(400) }, 400, 'token.expiry'],
    ['has no time', { expires: 'tomorrow' }, 400, 'token.expiry'],
    ['is on no day of the calendar', { expires: '2027-02-31' }, 400, 'token.expiry'],
    ['has no offset', { expires: '2999-01-01T00:00' }, 400, 'token.expiry'],
    ['has no name', { name: ' ' }, 400, 'token.name'],
    ['has an invisible name', { name: 'a\u202eb' }, 400, 'token.name'],
    ['has an unknown access', { scope: { access: 'admin' } }, 400, 'request.body'],
    ['is for an unknown workflow', { scope: { access: 'read', workflow: 'NONE' } }, 404, 'workflow.unknown'],
    ['is for no identifier', { scope: { access: 'read', workflow: 'A#B' } }, 404, 'workflow.unknown'],
  ])('is not created if it %s', async (_what, more, status, code) => {
    const response = await create(alice.token, { access: 'read' }, more);
    expect([response.status, response.json.code]).toEqual([status, code]);
  });

  it('is shown once, listed without its text, and stored as a hash', async () => {
    const { json } = await create(alice.token, { access: 'read', workflow: 'A' });
    expect(json.token).toMatch(/^fsv_[0-9A-Za-z]{49}$/);
    const list = await stack.request('GET', '/users/tokens', { token: alice.token });
    const { token, ...listed } = json;
    expect(list.json.tokens).toContainEqual(listed);
    expect(list.text).not.toContain(token);
    const { table } = stack.services;
    const items = [await table.get(keys.token(token)), ...(await table.list(keys.tokenSlots(alice.id)))];
    expect(items[0]).toBeDefined();
    expect(JSON.stringify(items)).not.toContain(token);
  });

  it('that was altered or invented has no rights', async () => {
    const token = await tokenOf(alice.token, { access: 'read' });
    const other = token.at(-1) === 'a' ? 'b' : 'a';
    for (const text of [`${token.slice(0, -1)}${other}`, token.toUpperCase(), `${token}x`, newApiToken()]) {
      expect(await who(text), text).toBe(403);
    }
    expect(isApiToken(token)).toBe(true);
    expect(await who(token)).toBe(200);
    const bearer = { authorization: `Bearer ${token}` };
    expect((await stack.request('GET', '/groups', { headers: bearer })).status).toBe(200);
  });

  it('is named, with its scope, to who has it, and a session is not', async () => {
    const { token, id } = (await create(alice.token, { access: 'submit', workflow: 'A' })).json;
    const identity = async (by: string) => (await stack.request('GET', '/users/whoami', { token: by })).json;
    const scope = { access: 'submit', workflow: 'A' };
    const user = { id: alice.id, username: 'alice' };
    expect(await identity(token)).toEqual({ ...user, token, apiToken: { id, name: 'CI', scope } });
    expect(await identity(alice.token)).toEqual({ ...user, token: alice.token });
  });

  it('records the day of its last use', async () => {
    const { json } = await create(alice.token, { access: 'read' });
    const listed = async () =>
      (await stack.request('GET', '/users/tokens', { token: alice.token })).json.tokens.find(
        ({ id }: { id: string }) => id === json.id,
      );
    expect(await listed()).not.toHaveProperty('lastUsedOn');
    await stack.request('GET', '/groups', { token: json.token });
    expect((await listed()).lastUsedOn).toBe(new Date().toISOString().slice(0, 10));
  });

  it('is rejected at once after its revocation, which only its user can do', async () => {
    const mallory = await stack.user('mallory');
    const { json } = await create(alice.token, { access: 'read' });
    const revoke = (token: string) => stack.request('DELETE', `/users/tokens/${json.id}`, { token });
    expect((await revoke(mallory.token)).status).toBe(404);
    expect((await revoke(json.token)).status).toBe(403);
    expect(await who(json.token)).toBe(200);
    expect((await revoke(alice.token)).status).toBe(204);
    expect(await who(json.token)).toBe(403);
    expect((await revoke(alice.token)).status).toBe(404);
  });

  it('ends with the account, and with a reset of the password', async () => {
    const bob = await stack.user('bob');
    const first = await tokenOf(bob.token, { access: 'organise' });
    const requestId = await openRequest(stack.services, await findUser(stack.services, bob.id));
    const body = { requestId, password: 'new one' };
    expect((await stack.request('POST', '/users/password/reset', { body })).status).toBe(200);
    expect(await who(first)).toBe(403);
    const session = (
      await stack.request('POST', '/users/login', { body: { username: 'bob', password: 'new one' } })
    ).json.token;
    const list = await stack.request('GET', '/users/tokens', { token: session });
    expect(list.json.tokens.map(({ active }: { active: boolean }) => active)).toEqual([false]);
    const second = await tokenOf(session, { access: 'organise' });
    expect(await who(second)).toBe(200);
    await changeAccount(stack.services, bob.id, 'disable');
    expect(await who(second)).toBe(403);
    await changeAccount(stack.services, bob.id, 'enable');
    expect(await who(second)).toBe(403);
  });

  it('has the role of its user only as long as the user has it, and does not keep it', async () => {
    const oscar = await stack.user('oscar');
    await giveRole(stack.services, 'operator', 'A', 'oscar', 'owner');
    const token = await tokenOf(oscar.token, { access: 'organise', workflow: 'A' });
    const read = async () => (await stack.request('GET', '/workflows/A/runs', { token })).status;
    expect(await read()).toBe(200);
    const roleFor = async (by: string) =>
      (await stack.request('GET', '/workflows/A', { token: by })).json.role;
    expect(await roleFor(token)).toBe('owner');
    expect(await roleFor(await tokenOf(oscar.token, { access: 'submit' }))).toBeUndefined();
    const body = { username: 'alice', role: 'owner' };
    expect((await stack.request('POST', '/workflows/A/members', { token, body })).status).toBe(403);
    await takeRole(stack.services, 'operator', 'A', oscar.id);
    expect(await read()).toBe(403);
  });

  it('is in the audit list of its workflow if its user has a role there, as are its actions', async () => {
    const olga = await stack.user('olga');
    await installTemplate(stack, oneStep(['sleep 600']), {}, { id: 'SLOW' });
    await giveRole(stack.services, 'operator', 'SLOW', 'olga', 'organiser');
    await tokenOf(alice.token, { access: 'read', workflow: 'SLOW' });
    const { json } = await create(olga.token, { access: 'organise', workflow: 'SLOW' });
    const group = await stack.group('SLOW', alice.token, 'Alice');
    const run = (await start(stack, group, alice.token)).json;
    expect((await stack.request('PUT', `/runs/${run.id}`, { token: json.token })).status).toBe(200);
    await stack.request('DELETE', `/users/tokens/${json.id}`, { token: olga.token });
    const { entries } = (await stack.request('GET', '/workflows/SLOW/audit', { token: olga.token })).json;
    expect(entries.map((entry: Record<string, string>) => [entry.action, entry.token])).toEqual([
      ['token.revoke', undefined],
      ['run.cancel', 'CI'],
      ['token.create', undefined],
      ['member.add', undefined],
      ['workflow.create', undefined],
    ]);
  });
});
