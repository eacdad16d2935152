import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requestPasswordReset } from '../../shared/users/password-reset.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { rawRequest } from './raw-request.ts';
import { stored } from './stored.ts';

/** Faults of the running original, by their number in the list; each test expects the correct behaviour. */
describe('faults of the original', () => {
  const stack = useStack({
    env: { ROB_WEBAPI_CONTENTLENGTH: '100000', FLOWSERV_USER_LIST: 'all' },
    check: 'faults',
  });
  let alice: { id: string; token: string };
  let bob: { id: string; token: string };
  let group = '';
  let postproc = '';

  beforeAll(async () => {
    [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group('HWP', alice.token, 'Alice');
    await stack.ended((await stack.greet(group, alice.token, 'Ann\n')).id, alice.token);
    postproc = (await stack.postproc('HWP', ({ state }) => state === 'SUCCESS')).id;
  });

  const ask = (method: string, path: string, token?: string, body?: unknown) =>
    stack.request(method, path, { token, body });
  const statusOf = async (method: string, path: string, token?: string, body?: unknown) =>
    (await ask(method, path, token, body)).status;
  /** Creates a group of a new workflow. */
  const groupOf = async (template: string) => {
    const id = await installTemplate(stack, template, {}, { id: randomUUID().replaceAll('-', '') });
    return stack.group(id, alice.token, 'Group');
  };

  it('1: the list of users contains no tokens, and requires a valid one', async () => {
    const { text } = await ask('GET', '/users', bob.token);
    for (const { token } of [alice, bob]) expect(text).not.toContain(token);
    for (const token of ['x', 'null', `${alice.token}x`])
      expect(await statusOf('GET', '/users', token)).toBe(403);
  });

  it('2: an invalid token shows less than a valid one, and a valid one only groups of its user', async () => {
    for (const path of ['/workflows/HWP/groups', `/groups/${group}`, `/runs/${postproc}`]) {
      expect(await statusOf('GET', path, 'garbage'), path).toBe(403);
    }
    expect(await statusOf('GET', `/groups/${group}`, bob.token)).toBe(403);
    expect((await ask('GET', '/workflows/HWP/groups', bob.token)).json).toEqual({ groups: [] });
  });

  it('3: a password reset request returns no valid id if resets need mail or the operator', async () => {
    for (const passwordReset of ['mail', 'operator'] as const) {
      const services = { ...stack.services, config: { ...stack.services.config, passwordReset } };
      const requestId = await requestPasswordReset(services, 'alice', '192.0.2.9');
      expect(
        await statusOf('POST', '/users/password/reset', undefined, { requestId, password: 'mine' }),
      ).toBe(404);
    }
  });

  it('4: arguments are data for commands, and targets stay inside the run', async () => {
    const marker = join(stack.dataDir, 'injected');
    const template = oneStep(
      ['echo $[[word]] "$[[word]]" > out.txt'],
      'outputs: [{source: out.txt}]\nparameters:\n  - {name: word, dtype: string}\n  - {name: data, dtype: file, isRequired: false}\n',
      ['out.txt'],
    );
    const own = await groupOf(template);
    const word = `x'; touch ${marker}; $(touch ${marker}) \`touch ${marker}\``;
    const run = await stack.ended((await start(stack, own, alice.token, { word })).json.id, alice.token);
    expect([run.state, existsSync(marker)]).toEqual(['SUCCESS', false]);
    const { json } = await stack.upload(own, alice.token, 'a.txt', 'a');
    for (const targetPath of ['/tmp/x', '../x', 'a/../../x']) {
      const data = { type: '$file', value: { fileId: json.id, targetPath } };
      expect((await start(stack, own, alice.token, { word: 'x', data })).status, targetPath).toBe(400);
    }
  });

  it('5: post-processing can be neither deleted nor canceled, and the workflow stays readable', async () => {
    for (const token of ['x', bob.token, alice.token]) {
      expect(await statusOf('DELETE', `/runs/${postproc}`, token)).toBe(403);
      expect(await statusOf('PUT', `/runs/${postproc}`, token)).toBe(403);
    }
    expect(await statusOf('GET', '/workflows/HWP')).toBe(200);
    expect(await statusOf('GET', '/workflows/HWP/leaderboard')).toBe(200);
  });

  it('6: the limit applies to a chunked body too', async () => {
    const path = `${new URL(stack.url).pathname}/uploads/${group}/files`;
    const headers = {
      'transfer-encoding': 'chunked',
      'content-type': 'multipart/form-data; boundary=x',
      api_key: alice.token,
    };
    const response = await rawRequest(stack.url, {
      method: 'POST',
      path,
      headers,
      body: 'x'.repeat(100_001),
    });
    expect(response.status).toBe(413);
  });

  it('7: messages contain no internals of the server and no folders', async () => {
    const own = await groupOf(oneStep(['cat missing.txt "$PWD/missing.txt"']));
    const { id } = (await start(stack, own, alice.token)).json;
    const run = await stack.ended(id, alice.token);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join()).toContain('missing.txt');
    expect(run.messages.join()).not.toMatch(/node_modules|at .*\.ts|Traceback/);
    expect(run.messages.join()).not.toContain(stack.dataDir);
    const rejected = await ask('PUT', `/runs/${id}`, alice.token);
    expect([rejected.status, rejected.json.message]).toEqual([
      400,
      'invalid operation for run in state ERROR',
    ]);
  });

  it('8: a rejected change of a group changes nothing', async () => {
    const before = (await ask('GET', `/groups/${group}`, alice.token)).json;
    const change = { name: 'Changed', members: [bob.id, 'unknown'] };
    expect(await statusOf('PUT', `/groups/${group}`, alice.token, change)).toBe(404);
    expect((await ask('GET', `/groups/${group}`, alice.token)).json).toEqual(before);
    const created = { name: 'New', members: ['unknown'] };
    expect(await statusOf('POST', '/workflows/HWP/groups', alice.token, created)).toBe(400);
    expect((await ask('GET', '/groups', alice.token)).text).not.toContain('New');
  });

  it('9, 10: concurrent short runs all end, even without a declared output', async () => {
    const own = await groupOf(oneStep(['true'], 'outputs: [{source: missing.txt}]\n', ['missing.txt']));
    const started = await Promise.all(Array.from({ length: 6 }, () => start(stack, own, alice.token)));
    const ends = await Promise.all(started.map(({ json }) => stack.ended(json.id, alice.token)));
    expect(ends.map(({ state }) => state)).toEqual(Array(6).fill('SUCCESS'));
  });

  it('11: a run that cannot be planned ends, or is rejected and leaves nothing behind', async () => {
    const parameters = 'parameters:\n  - {name: a, dtype: string, isRequired: false}\n';
    const own = await groupOf(oneStep(['echo $[[a]]'], parameters));
    expect((await start(stack, own, alice.token)).status).toBe(400);
    expect((await ask('GET', `/groups/${own}/runs`, alice.token)).json).toEqual({ runs: [] });
  });

  it('12: a name is given only once, to concurrent requests and to changes', async () => {
    const account = { username: 'eve', password: 'x' };
    const all = await Promise.all(
      Array.from({ length: 4 }, () => statusOf('POST', '/users/register', undefined, account)),
    );
    expect(all.toSorted()).toEqual([201, 400, 400, 400]);
    const other = await stack.group('HWP', alice.token, 'Other');
    expect(await statusOf('PUT', `/groups/${other}`, alice.token, { name: 'Alice' })).toBe(400);
    const long = { username: 'ü'.repeat(512), password: 'x' };
    expect(await statusOf('POST', '/users/register', undefined, long)).toBe(201);
  });

  it('13: installing a workflow with an id in use does not change the existing workflow', async () => {
    const before = await stored(stack.services);
    await expect(stack.install(fixture('hello-world'), { id: 'HWP' })).rejects.toThrow(
      "workflow 'HWP' exists",
    );
    const after = await stored(stack.services);
    expect(after.filter((name) => name.includes('w/HWP/'))).toEqual(
      before.filter((name) => name.includes('w/HWP/')),
    );
  });

  it('14, 16: deleting a group with an active run removes the run and all files', async () => {
    const own = await groupOf(oneStep(['sleep 321.5']));
    const { id } = (await start(stack, own, alice.token)).json;
    await stack.upload(own, alice.token, 'a.txt', 'a');
    expect(await statusOf('DELETE', `/groups/${own}`, alice.token)).toBe(204);
    expect(await statusOf('GET', `/runs/${id}`, alice.token)).toBe(404);
    const left = async () =>
      (await stored(stack.services)).filter(
        (name) => !name.startsWith('{') && (name.includes(own) || name.includes(id)),
      );
    await expect.poll(left).toEqual([]);
  });

  it('15: the configuration of a request is not applied to any run', async () => {
    const own = await groupOf(oneStep(['echo "<$$WHO>" > who.txt'], '', ['who.txt']));
    const env = [{ key: 'WHO', value: 'me' }];
    const config = {
      workers: [{ name: 'w', type: 'subprocess', env }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    const texts = [];
    for (const body of [{ config }, {}]) {
      const { id } = (await ask('POST', `/groups/${own}/runs`, alice.token, body)).json;
      const { files } = await stack.ended(id, alice.token);
      texts.push((await ask('GET', `/runs/${id}/downloads/files/${files[0].id}`)).text);
    }
    expect(texts).toEqual(['<>\n', '<>\n']);
  });

  it('17: a value of the wrong type returns 400, never 5xx', async () => {
    const requests: [string, unknown][] = [
      ['/users/register', { username: 1, password: 'x' }],
      ['/users/register', { username: 'x', password: 1 }],
      ['/users/register', []],
      ['/users/login', { username: 'alice', password: null }],
      ['/workflows/HWP/groups', { name: 1 }],
      [`/groups/${group}/runs`, { arguments: 'x' }],
      [`/groups/${group}/runs`, { arguments: [{}] }],
      [`/groups/${group}/runs`, { arguments: ['x'] }],
      [`/groups/${group}/runs`, { arguments: [{ name: 'names', value: { type: '$dir', value: {} } }] }],
    ];
    for (const [path, body] of requests) {
      expect(await statusOf('POST', path, alice.token, body), JSON.stringify(body)).toBe(400);
    }
    expect(await statusOf('POST', '/users/logout', 'unknown')).toBe(403);
    for (const [query, status] of [
      ['orderBy=unknown', 400],
      ['orderBy=', 200],
      ['orderBy=max_line:asc', 200],
    ] as const) {
      expect(await statusOf('GET', `/workflows/HWP/leaderboard?includeAll=true&${query}`), query).toBe(
        status,
      );
    }
  });
});
