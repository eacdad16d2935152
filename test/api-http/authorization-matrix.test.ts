import { beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../../shared/api/routes/route.ts';
import { type OperationKey, routeOf } from '../../shared/api/routes.ts';
import { giveRole } from '../../shared/members/members.ts';
import { createToken } from '../../shared/tokens/tokens.ts';
import { login } from '../../shared/users/sessions.ts';
import type { TokenAccess } from '../../shared/users/token-access.ts';
import { fixture, type Reply } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { type Actor, actors, type Outcome, tables, tokenActors, tokenTable } from './authorization-tables.ts';
import { messageRequests } from './message-requests.ts';
import { requestsOfVersions } from './version-requests.ts';
import { runRequest } from './wes-requests.ts';

/** The request besides its path; the body is valid, or is rejected only after the authorization. */
interface Request {
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly form?: FormData;
}

describe.each(['members', 'public'] as const)('read access for %s', (readAccess) => {
  const stack = useStack({ env: { FLOWSERV_READ_ACCESS: readAccess, FLOWSERV_ATTEMPTS_BY_NAME: '1000' } });
  let owner: { id: string; token: string };
  let group = '';
  let members: readonly string[] = [];
  let postproc: Reply['json'];
  let result = '';
  let run = '';
  const sessions: Partial<Record<Actor, string>> = {};

  beforeAll(async () => {
    const names = ['alice', 'bob', 'carol', 'vera', 'oscar', 'wanda'];
    const [alice, bob, carol, vera, oscar, wanda] = await Promise.all(names.map((name) => stack.user(name)));
    if (!alice || !bob || !carol || !vera || !oscar || !wanda) throw new Error('no users');
    owner = alice;
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    await stack.install(fixture('hello-world'), { id: 'OTHER' });
    await giveRole(stack.services, 'operator', 'HWP', 'vera', 'viewer');
    await giveRole(stack.services, 'operator', 'HWP', 'oscar', 'organiser');
    await giveRole(stack.services, 'operator', 'HWP', 'wanda', 'owner');
    group = await newGroup();
    members = [alice.id, bob.id];
    await stack.request('PUT', `/groups/${group}`, { token: owner.token, body: { members } });
    const handle = await stack.ended((await stack.greet(group, owner.token, 'Ann\n')).id, owner.token);
    run = handle.id;
    result = handle.files[0].id;
    postproc = await stack.postproc('HWP', ({ state }) => state === 'SUCCESS');
    const expired = await newSession('expired');
    Object.assign(sessions, {
      expired,
      stranger: carol.token,
      member: bob.token,
      owner: owner.token,
      viewer: vera.token,
      organiser: oscar.token,
      'workflow owner': wanda.token,
      read: await newToken(alice, 'read'),
      submit: await newToken(alice, 'submit'),
      'organiser read': await newToken(oscar, 'read'),
      'organiser submit': await newToken(oscar, 'submit'),
      'organiser organise': await newToken(oscar, 'organise'),
      'owner organise': await newToken(wanda, 'organise'),
      'other workflow': await newToken(alice, 'organise', 'OTHER'),
    });
  });

  let groups = 0;
  const newGroup = async (): Promise<string> => {
    groups += 1;
    return stack.group('HWP', owner.token, `Group ${groups}`);
  };
  /** A group with the same two members. */
  const sharedGroup = async (): Promise<string> => {
    const id = await newGroup();
    await stack.request('PUT', `/groups/${id}`, { token: owner.token, body: { members } });
    return id;
  };
  const canceledRun = async (): Promise<string> => {
    const { id } = await stack.greet(group, owner.token, 'Ann\n');
    await stack.request('PUT', `/runs/${id}`, { token: owner.token });
    return id;
  };
  const upload = async (): Promise<string> =>
    (await stack.upload(group, owner.token, 'names.txt', 'Ann\n')).json.id;
  const begunUpload = async () => {
    const body = { name: 'names.txt', size: 4 };
    const { json } = await stack.request('POST', `/uploads/${group}/direct`, { token: owner.token, body });
    return { userGroupId: group, fileId: json.id as string };
  };
  const form = () => {
    const data = new FormData();
    data.set('file', new Blob(['Ann\n']), 'names.txt');
    return data;
  };
  const ofGroup = async () => ({ params: { userGroupId: group } });
  const ofRun = async () => ({ params: { runId: run } });
  const ofWorkflow = async () => ({ params: { workflowId: 'HWP' } });
  const nothing = async () => ({});
  const noReason = { reason: '', visibility: 'public' };
  const unique = () => `name ${Math.random()}`;

  const requests: Record<OperationKey, () => Promise<Request>> = {
    service: nothing,
    'users:activate': async () => ({ body: { id: owner.id } }),
    'users:list': nothing,
    // Rejected as incomplete, like registering a name that is taken, because hashes are expensive.
    'users:login': async () => ({ body: { username: 'alice' } }),
    'users:logout': nothing,
    'users:pwd:request': async () => ({ body: { username: 'nobody' } }),
    'users:pwd:reset': async () => ({ body: { requestId: 'unknown', password: 'x' } }),
    'users:register': async () => ({ body: { username: 'alice', password: 'x' } }),
    'users:whoami': nothing,
    // Rejected, since the password is empty.
    'users:delete': async () => ({ body: { password: '' } }),
    'users:export': nothing,
    'workflows:list': nothing,
    'workflows:get': ofWorkflow,
    'workflows:groups': ofWorkflow,
    'workflows:download:archive': ofWorkflow,
    'workflows:download:file': async () => ({ params: { workflowId: 'HWP', fileId: postproc.files[0].id } }),
    'workflows:arguments': ofWorkflow,
    leaderboard: ofWorkflow,
    'groups:create': async () => ({ params: { workflowId: 'HWP' }, body: { name: unique() } }),
    'groups:list': nothing,
    'groups:get': ofGroup,
    'groups:update': ofGroup,
    'groups:delete': async () => ({ params: { userGroupId: await sharedGroup() } }),
    'groups:members:remove': async () => ({
      params: { userGroupId: await sharedGroup(), userId: members[1] ?? '' },
    }),
    'groups:owner': ofGroup,
    'groups:hand-over': async () => ({ ...(await ofGroup()), body: { userId: owner.id } }),
    'invitations:create': async () => ({ ...(await ofGroup()), body: { username: 'nobody' } }),
    'invitations:list': nothing,
    'invitations:accept': ofGroup,
    'invitations:remove': async () => ({ params: { userGroupId: group, userId: owner.id } }),
    'groups:limits': ofGroup,
    'groups:chosen': ofGroup,
    // Rejected: the benchmark has no choice.
    'groups:choose': async () => ({ params: { userGroupId: group }, body: { runs: [] } }),
    'groups:runs': ofGroup,
    // Its arguments are rejected.
    'runs:start': ofGroup,
    'runs:estimate': ofGroup,
    'runs:get': ofRun,
    'runs:logs': ofRun,
    'runs:logs:stream': async () => ({ params: { runId: run, taskId: '0', stream: 'stdout' } }),
    'runs:cancel': ofRun,
    'runs:delete': async () => ({ params: { runId: await canceledRun() } }),
    'runs:download:archive': ofRun,
    'runs:download:file': async () => ({ params: { runId: run, fileId: result } }),
    'files:list': ofGroup,
    'files:upload': async () => ({ params: { userGroupId: group }, form: form() }),
    'files:download': async () => ({ params: { userGroupId: group, fileId: await upload() } }),
    'files:delete': async () => ({ params: { userGroupId: group, fileId: await upload() } }),
    'files:direct:start': async () => ({
      params: { userGroupId: group },
      body: { name: 'names.txt', size: 4 },
    }),
    'files:direct:parts': async () => ({ params: await begunUpload(), body: { numbers: [1] } }),
    'files:direct:complete': async () => ({ params: await begunUpload(), body: { parts: [] } }),
    'files:direct:abort': async () => ({ params: await begunUpload() }),
    openapi: nothing,
    'workflows:crate': ofWorkflow,
    'workflows:files': ofWorkflow,
    // The workflow has no such file.
    'workflows:files:download': async () => ({ params: { workflowId: 'HWP', fileId: 'unknown' } }),
    'workflows:starter-kit': ofWorkflow,
    'runs:crate': ofRun,
    'runs:diff': async () => ({ params: { runId: run, otherRunId: run } }),
    'wes:service-info': nothing,
    'wes:runs:list': nothing,
    // Its arguments are rejected.
    'wes:runs:start': async () => ({ form: runRequest({ workflow_url: 'flowserv:HWP', tags: { group } }) }),
    'wes:runs:get': ofRun,
    'wes:runs:status': ofRun,
    'wes:runs:cancel': ofRun,
    'wes:tasks:list': ofRun,
    'members:list': ofWorkflow,
    'members:add': async () => ({ ...(await ofWorkflow()), body: { username: 'vera', role: 'viewer' } }),
    // A user without a role.
    'members:remove': async () => ({ params: { workflowId: 'HWP', userId: owner.id } }),
    // The benchmark has no rules.
    'rules:get': ofWorkflow,
    'rules:accept': async () => ({ ...(await ofWorkflow()), body: { version: 'x' } }),
    'rules:accepted': ofWorkflow,
    'participation:get': ofWorkflow,
    'participation:ask': ofWorkflow,
    'participants:list': ofWorkflow,
    'participants:decide': async () => ({
      params: { workflowId: 'HWP', userId: owner.id },
      body: { state: 'approved' },
    }),
    'workflows:audit': ofWorkflow,
    'workflows:usage': ofWorkflow,
    'groups:restore': async () => ({ params: { userGroupId: group } }),
    'runs:restore': ofRun,
    'archives:list': ofWorkflow,
    // There is no such version.
    'archives:create': async () => ({ ...(await ofWorkflow()), body: { version: 99 } }),
    'archives:get': async () => ({ params: { workflowId: 'HWP', archiveId: 'unknown' } }),
    'workflows:postproc': ofWorkflow,
    'workflows:postproc:retry': ofWorkflow,
    'rescores:list': ofWorkflow,
    'rescores:create': async () => ({ ...(await ofWorkflow()), body: { ranked: true } }),
    'rescores:get': async () => ({ params: { workflowId: 'HWP', rescoreId: '1' } }),
    'rescores:cancel': async () => ({ params: { workflowId: 'HWP', rescoreId: '1' } }),
    'tokens:create': async () => ({ body: { name: 'x', expires: 'never', scope: { access: 'read' } } }),
    'tokens:list': nothing,
    'tokens:revoke': async () => ({ params: { tokenId: 'unknown' } }),
    ...requestsOfVersions('HWP'),
    'workflows:runs': ofWorkflow,
    'workflows:registrations': ofWorkflow,
    'runs:output': ofRun,
    'workflows:pause': async () => ({ ...(await ofWorkflow()), body: { reason: '' } }),
    'workflows:resume': ofWorkflow,
    ...messageRequests,
    'workflows:moderation': ofWorkflow,
    // Rejected: an empty reason, or nothing to undo.
    'groups:disqualify': async () => ({ params: { userGroupId: group }, body: noReason }),
    'groups:readmit': ofGroup,
    'runs:disqualify': async () => ({ params: { runId: run }, body: noReason }),
    'runs:readmit': ofRun,
    'runs:withdraw': ofRun,
    'runs:return': ofRun,
    'runs:baseline': async () => ({ params: { runId: run }, body: { label: '' } }),
    'runs:baseline:remove': ofRun,
    'wes:tasks:get': async () => ({ params: { runId: run, taskId: '0' } }),
  };

  const newToken = async ({ id }: { id: string }, access: TokenAccess, workflowId = 'HWP') => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const caller = { id, name: 'not used', tokenEpoch: 0 };
    return (await createToken(stack.services, caller, { name: access, access, workflowId, expiresAt })).token;
  };
  const newSession = async (actor: Actor) => {
    // DynamoDB does not remove items that expired more than five years ago ("Using time to live").
    const then = Date.now() - (actor === 'expired' ? 6 * 365 * 86_400_000 : 0);
    const at = { ...stack.services, now: () => new Date(then) };
    return (await login(at, 'alice', 'password of alice', '127.0.0.1')).token;
  };
  /** A session of its own to log out from. */
  const credentials = async (actor: Actor, key: OperationKey) => {
    if (actor === 'anonymous') return { token: 'never-issued' };
    if (actor === 'operator') {
      const scope = `${stack.operator.AWS_ACCESS_KEY_ID}/20260101/us-east-1/execute-api/aws4_request`;
      const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
      return { headers: { authorization } };
    }
    const ends = key === 'users:logout' && !tokenActors.some((each) => each === actor);
    return { token: ends ? await newSession(actor) : sessions[actor] };
  };

  const outcomeOf = async (name: string, actor: Actor): Promise<Outcome> => {
    const key = name.split('`')[1] as OperationKey;
    const { params: own = {}, ...usual } = await requests[key]();
    const content = name.endsWith(', members') ? { body: { members } } : usual;
    const params: Record<string, string> = name.endsWith('post-processing')
      ? { ...own, runId: postproc.id }
      : own;
    const route = routeOf(key);
    const path = pathOf(route).replace(/\{(\w+)\}/g, (_all, variable: string) => params[variable] ?? '');
    const base = route.base === undefined ? undefined : new URL(route.base, stack.url).href;
    const query = name.endsWith(', all') ? '?all=true' : '';
    const response = await stack.request(route.methods[0], `/${path}${query}`, {
      ...content,
      ...(base === undefined ? {} : { base }),
      ...(await credentials(actor, key)),
    });
    expect(response.status, `${name} by ${actor}: ${response.text}`).toBeLessThan(500);
    if (response.status !== 403) return 'yes';
    return (response.json.message ?? response.json.msg) === 'not logged in' ? 'log in' : 'no';
  };

  it.each([...tables[readAccess]])('%s', async (name, expected) => {
    const found: Outcome[] = [];
    for (const actor of actors) found.push(await outcomeOf(name, actor));
    expect(found).toEqual(expected);
  });

  // The mode of read access is no rule about tokens.
  it.each(readAccess === 'members' ? [...tokenTable] : [])('%s by API tokens', async (name, expected) => {
    const found: Outcome[] = [];
    for (const actor of tokenActors) found.push(await outcomeOf(name, actor));
    expect(found).toEqual(expected);
  });
});
