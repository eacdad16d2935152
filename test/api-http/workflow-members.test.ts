import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole, MAX_WORKFLOW_MEMBERS, takeRole } from '../../shared/members/members.ts';
import { workflowMemberCodec } from '../../shared/roles/role.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { installTemplate, oneStep, SCORES, start } from '../end-to-end/install-template.ts';
import { withoutMessages } from '../end-to-end/played-run.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
const WAITING = oneStep(
  ['if [ "$[[wait]]" = yes ]; then sleep 600; fi'],
  'parameters: [{name: wait, dtype: string}]\n',
);

interface Account {
  readonly id: string;
  readonly token: string;
}
const users: Record<string, Account> = {};
const user = (name: string): Account => {
  const found = users[name];
  if (!found) throw new Error(`no user ${name}`);
  return found;
};
const ask = (name: string, method: string, path: string, body?: unknown, headers = {}) =>
  stack.request(method, path, {
    token: user(name).token,
    headers,
    ...(body === undefined ? {} : { body }),
  });
const add = (by: string, workflow: string, username: string, role: string) =>
  ask(by, 'POST', `/workflows/${workflow}/members`, { username, role });
const remove = (by: string, workflow: string, name: string) =>
  ask(by, 'DELETE', `/workflows/${workflow}/members/${user(name).id}`);
const rolesIn = async (by: string, workflow: string): Promise<string[]> =>
  (await ask(by, 'GET', `/workflows/${workflow}/members`)).json.members
    .map(({ username, role }: { username: string; role: string }) => `${username}: ${role}`)
    .toSorted();

beforeAll(async () => {
  for (const name of ['olga', 'otto', 'vera', 'paul', 'pia']) users[name] = await stack.user(name);
  for (const id of ['W', 'OTHER']) await installTemplate(stack, WAITING, {}, { id });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'owner');
});

describe('the members of a workflow', () => {
  it('are added, changed and removed by an owner', async () => {
    const added = await add('olga', 'W', 'otto', 'viewer');
    expect([added.status, added.json]).toEqual([
      200,
      { id: user('otto').id, username: 'otto', role: 'viewer', since: expect.any(String) },
    ]);
    expect((await add('olga', 'W', 'otto', 'organiser')).json.role).toBe('organiser');
    expect(await rolesIn('otto', 'W')).toEqual(['olga: owner', 'otto: organiser']);
    expect((await remove('olga', 'W', 'otto')).status).toBe(204);
    expect(await rolesIn('olga', 'W')).toEqual(['olga: owner']);
    const again = await remove('olga', 'W', 'otto');
    expect([again.status, again.json.code]).toEqual([404, 'member.unknown']);
  });

  it.each([
    ['nobody', 'organiser', 404, 'user.unknown'],
    ['otto', 'admin', 400, 'request.body'],
  ])('are active users with a known role, unlike %s with the role %s', async (name, role, status, code) => {
    const response = await add('olga', 'W', name, role);
    expect([response.status, response.json.code]).toEqual([status, code]);
  });

  it('have rights in no other workflow', async () => {
    await add('olga', 'W', 'otto', 'organiser');
    const group = await stack.group('OTHER', user('paul').token, 'Paul');
    const { json: run } = await start(stack, group, user('paul').token, { wait: 'no' });
    const paths = [
      '/workflows/OTHER/members',
      '/workflows/OTHER/runs',
      '/workflows/OTHER/groups?all=true',
      `/groups/${group}`,
      `/groups/${group}/runs`,
      `/runs/${run.id}`,
      `/runs/${run.id}/output`,
    ];
    for (const path of paths) {
      for (const name of ['olga', 'otto']) expect((await ask(name, 'GET', path)).status, path).toBe(403);
    }
    expect((await ask('olga', 'PUT', `/runs/${run.id}`)).status).toBe(403);
    expect((await add('olga', 'OTHER', 'otto', 'viewer')).status).toBe(403);
    await stack.ended(run.id, user('paul').token);
  });

  it('read their own role in the handle of the workflow', async () => {
    expect((await ask('otto', 'GET', '/workflows/W')).json.role).toBe('organiser');
    expect((await ask('paul', 'GET', '/workflows/W')).json).not.toHaveProperty('role');
    expect((await stack.request('GET', '/workflows/W')).json).not.toHaveProperty('role');
  });

  it('are at most a hundred', async () => {
    await installTemplate(stack, WAITING, {}, { id: 'FULL' });
    await giveRole(stack.services, 'operator', 'FULL', 'olga', 'owner');
    for (let number = 1; number < MAX_WORKFLOW_MEMBERS; number += 1) {
      const member = {
        id: `member${number}`,
        name: `member ${number}`,
        role: 'viewer' as const,
        since: '2026',
      };
      await stack.services.table.put(
        workflowMemberCodec.write(keys.workflowMember('FULL', member.id), member),
      );
    }
    const response = await add('olga', 'FULL', 'otto', 'viewer');
    expect([response.status, response.json.code]).toEqual([400, 'member.limit']);
    expect((await add('olga', 'FULL', 'olga', 'owner')).status).toBe(200);
  });

  it('are unknown, with all their rights, once the workflow is deleted', async () => {
    await installTemplate(stack, WAITING, {}, { id: 'GONE' });
    await giveRole(stack.services, 'operator', 'GONE', 'olga', 'owner');
    await removeWorkflow(withoutMessages(stack.services), 'GONE');
    expect((await ask('olga', 'GET', '/workflows/GONE/members')).status).toBe(404);
    expect((await add('olga', 'GONE', 'otto', 'viewer')).status).toBe(404);
    await expect(giveRole(stack.services, 'operator', 'GONE', 'otto', 'owner')).rejects.toMatchObject({
      code: 'workflow.unknown',
    });
  });
});

describe('the last owner', () => {
  it.each([
    ['removed', () => remove('olga', 'W', 'olga')],
    ['made an organiser', () => add('olga', 'W', 'olga', 'organiser')],
  ])('cannot be %s', async (_what, change) => {
    const response = await change();
    expect([response.status, response.json.code]).toEqual([400, 'member.last-owner']);
    expect(await rolesIn('olga', 'W')).toContain('olga: owner');
  });

  it('can be removed by the operator', async () => {
    await giveRole(stack.services, 'operator', 'OTHER', 'pia', 'owner');
    await takeRole(stack.services, 'operator', 'OTHER', user('pia').id);
    expect((await ask('pia', 'GET', '/workflows/OTHER/members')).status).toBe(403);
  });

  it.each([
    ['remove themselves', (name: string) => remove(name, 'W', name)],
    ['remove each other', (name: string) => remove(name, 'W', name === 'olga' ? 'pia' : 'olga')],
    ['become viewers', (name: string) => add(name, 'W', name, 'viewer')],
  ])('remains when two owners %s at the same time', async (_what, change) => {
    for (let round = 0; round < 8; round += 1) {
      for (const name of ['olga', 'pia']) await giveRole(stack.services, 'operator', 'W', name, 'owner');
      const responses = await Promise.all(['olga', 'pia'].map(change));
      expect(responses.filter(({ status }) => status < 300)).toHaveLength(1);
      for (const { status } of responses) expect([200, 204, 400, 403]).toContain(status);
      const items = await stack.services.table.list(keys.workflowMembers('W'));
      const owners = items.map(workflowMemberCodec.read).filter(({ role }) => role === 'owner');
      expect(owners).toHaveLength(1);
    }
    await giveRole(stack.services, 'operator', 'W', 'olga', 'owner');
    if (await hasRole('pia')) await takeRole(stack.services, 'operator', 'W', user('pia').id);
  });

  const hasRole = async (name: string) =>
    (await stack.services.table.get(keys.workflowMember('W', user(name).id))) !== undefined;
});

describe('an organiser', () => {
  let group: string;
  let ended: string;
  beforeAll(async () => {
    await add('olga', 'W', 'otto', 'organiser');
    await add('olga', 'W', 'vera', 'viewer');
    group = await stack.group('W', user('paul').token, 'Paul');
    ended = (await start(stack, group, user('paul').token, { wait: 'no' })).json.id;
    await stack.ended(ended, user('paul').token);
  });

  it('lists the groups and runs of all users, page by page', async () => {
    const second = await stack.group('W', user('pia').token, 'Pia');
    const { json } = await start(stack, second, user('pia').token, { wait: 'no' });
    await stack.ended(json.id, user('pia').token);
    const groups = (await ask('otto', 'GET', '/workflows/W/groups?all=true')).json.groups;
    expect(groups.map(({ id }: { id: string }) => id).toSorted()).toEqual([group, second].toSorted());
    expect((await ask('otto', 'GET', '/workflows/W/groups')).json.groups).toEqual([]);
    const found: string[] = [];
    let cursor = '';
    do {
      const path = `/workflows/W/runs?state=SUCCESS&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = (await ask('vera', 'GET', path)).json;
      expect(page.runs.length).toBeLessThanOrEqual(1);
      found.push(
        ...page.runs.map((run: { id: string; group: { name: string } }) => `${run.group.name} ${run.id}`),
      );
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');
    expect(found.toSorted()).toEqual([`Paul ${ended}`, `Pia ${json.id}`]);
    expect((await ask('otto', 'GET', '/workflows/W/runs?state=ERROR')).json).toEqual({
      sort: 'newest',
      runs: [],
    });
    await ask('pia', 'DELETE', `/groups/${second}`);
    expect((await ask('otto', 'GET', '/workflows/W/groups?all=true')).json.groups).toHaveLength(1);
    expect((await ask('otto', 'GET', '/workflows/W/runs')).json.runs).toHaveLength(1);
  });

  it('cancels the run of a group, which a viewer cannot', async () => {
    const { json } = await start(stack, group, user('paul').token, { wait: 'yes' });
    await poll(async () => {
      const { state } = (await ask('otto', 'GET', `/runs/${json.id}`)).json;
      return state === 'RUNNING' ? true : undefined;
    }, 'the run does not begin');
    // A step that runs has reported nothing yet.
    const { steps } = (await ask('otto', 'GET', `/runs/${json.id}/output`)).json;
    expect(steps).toEqual([{ name: expect.any(String), state: 'running', image: expect.any(String) }]);
    expect((await ask('vera', 'PUT', `/runs/${json.id}`, { reason: 'x' })).status).toBe(403);
    const canceled = await ask('otto', 'PUT', `/runs/${json.id}`, { reason: 'it blocks the queue' });
    expect([canceled.status, canceled.json.state]).toEqual([200, 'CANCELED']);
    expect((await ask('paul', 'GET', `/runs/${json.id}`)).json.messages).toEqual(['it blocks the queue']);
  });

  it('cancels post-processing that does not end, and the next one begins', async () => {
    const template = `workflow:
  steps:
    - {name: s, action: {environment: 'python:3.9', commands: ['echo "{\\"score\\": 1}" > result.json']}}
${SCORES}postproc:
  inputs: {files: [], runs: runs/}
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - {name: p, action: {environment: 'python:3.9', commands: ['sleep 600']}}
`;
    await installTemplate(stack, template, {}, { id: 'POST', owner: { id: user('pia').id, name: 'pia' } });
    const rank = async (name: string) => {
      const own = await stack.group('POST', user('paul').token, name);
      const { json } = await start(stack, own, user('paul').token);
      expect((await stack.ended(json.id, user('paul').token)).state).toBe('SUCCESS');
    };
    await rank('First');
    const first = await stack.postproc('POST', ({ state }) => state === 'RUNNING');
    for (const name of ['paul', 'olga'])
      expect((await ask(name, 'PUT', `/runs/${first.id}`)).status).toBe(403);
    expect((await ask('pia', 'PUT', `/runs/${first.id}`)).json.state).toBe('CANCELED');
    await rank('Second');
    const second = await stack.postproc('POST', ({ id, state }) => id !== first.id && state === 'RUNNING');
    expect((await ask('pia', 'PUT', `/runs/${second.id}`)).status).toBe(200);
  });

  it("changes nothing of another user's group", async () => {
    const form = new FormData();
    form.set('file', new Blob(['x']), 'x.txt');
    const { token } = user('otto');
    const attempts = [
      stack.request('PUT', `/groups/${group}`, { token, body: { members: [user('otto').id] } }),
      stack.request('DELETE', `/groups/${group}`, { token }),
      stack.request('POST', `/groups/${group}/runs`, { token, body: { arguments: [] } }),
      stack.request('DELETE', `/runs/${ended}`, { token }),
      stack.request('POST', `/uploads/${group}/files`, { token, form }),
      stack.request('POST', `/uploads/${group}/direct`, { token, body: { name: 'a', size: 1 } }),
    ];
    for (const { status } of await Promise.all(attempts)) expect(status).toBe(403);
  });

  it('loses all access with the role, also for responses that did not change', async () => {
    const path = `/runs/${ended}`;
    const etag = (await ask('otto', 'GET', path)).headers.get('etag') ?? '';
    const again = { 'if-none-match': etag };
    expect((await ask('otto', 'GET', path, undefined, again)).status).toBe(304);
    await remove('olga', 'W', 'otto');
    for (const headers of [{}, again, { 'if-none-match': '*' }]) {
      expect((await ask('otto', 'GET', path, undefined, headers)).status).toBe(403);
    }
    expect((await ask('otto', 'GET', '/workflows/W/runs')).status).toBe(403);
  });
});

describe('a workflow that is installed with an owner', () => {
  it('belongs to that user from the beginning', async () => {
    const owner = { id: user('pia').id, name: 'pia' };
    await installTemplate(stack, WAITING, {}, { id: 'PIA', owner });
    expect(await rolesIn('pia', 'PIA')).toEqual(['pia: owner']);
  });
});
