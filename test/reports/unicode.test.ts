import { randomBytes, scryptSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { rawRequest } from '../api-http/raw-request.ts';
import { installTemplate, start } from '../end-to-end/install-template.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_ATTEMPTS_BY_NAME: '3', FLOWSERV_USER_LIST: 'all' } });
let ann: Awaited<ReturnType<typeof stack.user>>;
beforeAll(async () => {
  ann = await stack.user('ann');
});

/** Sends a request with bytes that `fetch` would encode. */
const send = (method: string, path: string, contentType?: string, body?: Buffer) =>
  rawRequest(stack.url, {
    method,
    path: new URL(stack.url).pathname + path,
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    ...(body ? { body } : {}),
  });

describe('a request with bytes that are not UTF-8', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json; charset=iso-8859-1',
    'text/plain',
    'application/x-www-form-urlencoded',
    undefined,
  ])('in a body of type %s is rejected, and nothing is stored (report 6)', async (type) => {
    const body = Buffer.from('{"username": "caf\xe9", "password": "pwd", "verify": false}', 'latin1');
    const response = await send('POST', '/users/register', type, body);
    expect(response.status).toBe(400);
    expect(response.json()).toMatchObject({ message: 'request body is not Unicode text' });
    const { users } = (await stack.request('GET', '/users', { token: ann.token })).json;
    const names: string[] = users.map(({ username }: { username: string }) => username);
    expect(names).toContain('ann');
    expect(names.filter((name) => name.startsWith('caf'))).toEqual([]);
  });

  it('in its query or path is rejected (report 6)', async () => {
    const query = await stack.request('GET', '/users?query=caf%E9', { token: ann.token });
    expect([query.status, query.json.message]).toEqual([400, 'invalid query: it is not Unicode text']);
    const unknown = await stack.request('GET', '/workflows/%E9');
    expect(unknown.status).toBe(400);
  });

  it('as an escape in a name of its body is rejected (report 6)', async () => {
    const body = Buffer.from('{"username": "caf\\ufffd", "password": "pwd", "verify": false}');
    const response = await send('POST', '/users/register', 'application/json', body);
    expect([response.status, response.json().message]).toEqual([400, expect.stringContaining('U+FFFD')]);
  });

  it('may have a byte order mark before its JSON (report 3)', async () => {
    const body = Buffer.from('\ufeff{"username": "zoë", "password": "pwd", "verify": false}');
    const response = await send('POST', '/users/register', 'application/json', body);
    expect([response.status, response.json().username]).toEqual([201, 'zoë']);
  });
});

describe('names and passwords', () => {
  const composed = 'Zo\u00eb';
  const decomposed = 'Zoe\u0308';
  const post = (path: string, body: object) => stack.request('POST', path, { body });
  const login = (username: string, password: string) => post('/users/login', { username, password });

  it('are the same in both forms of Unicode, at registration, login and reset (report 19)', async () => {
    const user = { username: `${decomposed} 1`, password: decomposed, verify: false };
    const { json } = await post('/users/register', user);
    expect(json.username).toBe(`${composed} 1`);
    expect((await login(`${decomposed} 1`, decomposed)).status).toBe(200);
    const { requestId } = (await post('/users/password/request', { username: `${decomposed} 1` })).json;
    await post('/users/password/reset', { requestId, password: `${decomposed} new` });
    expect((await login(`${composed} 1`, `${composed} new`)).status).toBe(200);
  });

  it('of an account with a hash of decomposed text are accepted in that form first, and then in both forms (report 19)', async () => {
    const { id } = await stack.user('olga');
    const salt = randomBytes(16);
    const cost = { N: 2 ** 16, r: 8, p: 2, maxmem: 2 ** 28 };
    const parts = [cost.N, cost.r, cost.p, salt.toString('base64url')];
    const key = scryptSync(decomposed, salt, 32, cost).toString('base64url');
    const password = ['scrypt', ...parts, key].join('$');
    await stack.services.table.update(keys.credential(id), { set: { password } });
    expect((await login('olga', decomposed)).status).toBe(200);
    expect((await login('olga', composed)).status).toBe(200);
  });

  it('share one count of failed logins in both forms of a name (report 19)', async () => {
    await post('/users/register', { username: `${composed} 2`, password: 'pwd', verify: false });
    const statuses: number[] = [];
    for (const form of [composed, decomposed, composed, decomposed]) {
      statuses.push((await login(`${form} 2`, 'wrong')).status);
    }
    expect(statuses).toEqual([404, 404, 404, 429]);
  });

  it('of groups are stored in composed form, and are the same name in both forms (report 19)', async () => {
    const workflow = await stack.install(fixture('hello-world'), { id: 'UNICODE' });
    const create = (name: string) =>
      stack.request('POST', `/workflows/${workflow}/groups`, { token: ann.token, body: { name } });
    expect((await create(decomposed)).json.name).toBe(composed);
    expect((await create(composed)).json.message).toBe(`group '${composed}' exists`);
  });
});

describe('the name of an upload', () => {
  let group: string;
  beforeAll(async () => {
    await stack.install(fixture('hello-world'), { id: 'UPLOADS' });
    group = await stack.group('UPLOADS', ann.token, 'uploads');
  });
  const download = (id: string, query = '') => stack.request('GET', `/uploads/${group}/files/${id}${query}`);

  it.each([
    ['数据.csv', '数据.csv', 'attachment; filename="csv"; filename*=UTF-8\'\'%E6%95%B0%E6%8D%AE.csv'],
    ['数据', '数据', 'attachment; filename="file"; filename*=UTF-8\'\'%E6%95%B0%E6%8D%AE'],
    ['🏆.txt', '🏆.txt', 'attachment; filename="txt"; filename*=UTF-8\'\'%F0%9F%8F%86.txt'],
    ['"q".txt', 'q.txt', 'attachment; filename=q.txt'],
  ])(
    '%s becomes %s, and its download has both forms of the name (report 7)',
    async (given, name, disposition) => {
      const { json } = await stack.upload(group, ann.token, given, 'x');
      expect(json.name).toBe(name);
      expect((await download(json.id)).headers.get('content-disposition')).toBe(disposition);
      const { url } = (await download(json.id, '?link=json')).json;
      expect((await fetch(url)).headers.get('content-disposition')).toBe(disposition);
    },
  );

  it('follows the same rule in a multipart upload (report 7)', async () => {
    const body = { name: '../данные.csv', size: 1 };
    const { json } = await stack.request('POST', `/uploads/${group}/direct`, { token: ann.token, body });
    const [{ number, url }] = json.parts;
    const put = await fetch(url, { method: 'PUT', body: 'x' });
    const parts = [{ number, etag: put.headers.get('etag') }];
    const path = `/uploads/${group}/direct/${json.id}/complete`;
    const completed = await stack.request('POST', path, { token: ann.token, body: { parts } });
    expect(completed.json.name).toBe('__данные.csv');
  });
});

describe('a file of a step whose name is not UTF-8', () => {
  it('ends the run as ERROR with the name in its message (report 5)', async () => {
    const write = `python3 -c "open(b'r\\xe9s.csv', 'w').write('1')"`;
    const step = (name: string, command: string) => ({
      name,
      action: { environment: 'i', commands: [command] },
    });
    const template = JSON.stringify({ workflow: { steps: [step('one', write), step('two', 'ls')] } });
    const workflow = await installTemplate(stack, template, {}, { id: 'NAMES' });
    const group = await stack.group(workflow, ann.token, 'names');
    const { json } = await start(stack, group, ann.token);
    const run = await stack.ended(json.id, ann.token);
    expect([run.state, run.messages.join()]).toEqual(['ERROR', expect.stringContaining("'r\\xe9s.csv'")]);
  });
});
