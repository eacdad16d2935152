import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Group, Run } from '../../shared/api/answers.ts';
import { routes } from '../../shared/api/routes.ts';
import { type Client, createClient } from '../../shared/client/client.ts';
import { whenReady } from '../../shared/client/when-ready.ts';
import { fixture, poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const folders: string[] = [];

/** The typed client on a whole stack: every method once, over HTTP. */
describe('the client', () => {
  const stack = useStack({ env: { FLOWSERV_USER_LIST: 'all' } });
  let anonymous: Client;
  let alice: Client;
  let workflowId: string;

  beforeAll(async () => {
    workflowId = await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    anonymous = createClient({ url: stack.url });
    const { token } = await stack.user('alice');
    alice = createClient({ url: `${stack.url}/`, token });
  });
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  const names = new Blob(['Ada\nBlaise\n']);
  const argumentsFor = (fileId: string) => [{ name: 'names', value: { type: '$file', value: { fileId } } }];
  const newGroup = (name: string) => alice.groups.create(workflowId, { name });
  const ended = (runId: string) =>
    poll(async () => {
      const run = await alice.runs.get(runId);
      return run.state === 'PENDING' || run.state === 'RUNNING' ? undefined : run;
    }, 'the run did not end');
  const start = async (group: Group): Promise<Run> => {
    const file = await alice.files.upload(group.id, names, 'names.txt');
    return alice.runs.start(group.id, { arguments: argumentsFor(file.id) });
  };

  it('B4: has one method per route, and further ones that join pages, read a part, follow a run or return CSV', () => {
    const { url: _url, service, openApi, ...sections } = alice;
    const methods = [
      service,
      openApi,
      ...Object.values(sections).flatMap((section) => Object.values(section)),
    ];
    const { files, runs, workflows } = sections;
    const further = [
      ...[files.withContent, workflows.uploadSource, workflows.allGroups, workflows.budget],
      ...[runs.follow, runs.followLogs],
      ...[workflows.leaderboardAsCsv, workflows.runsAsCsv, workflows.registrationsAsCsv],
    ];
    expect(methods).toHaveLength(routes.length + further.length);
  });

  it('A1, A3, A5, A26: registers, activates, logs in and out, and resets a password', async () => {
    const account = { username: 'bob', password: 'first' };
    const { id } = await anonymous.users.register({ ...account, verify: true });
    await expect(anonymous.users.login('bob', 'first')).rejects.toMatchObject({ status: 404 });
    expect(await anonymous.users.activate(id)).toEqual({ id, username: 'bob' });
    const { token } = await anonymous.users.login('bob', 'first');
    const bob = createClient({ url: stack.url, token });

    expect(await bob.users.whoami()).toEqual({ id, username: 'bob', token });
    expect((await bob.service()).username).toBe('bob');
    expect((await bob.users.list('bo')).map(({ username }) => username)).toEqual(['bob']);
    expect((await bob.users.list()).map(({ username }) => username)).toEqual(['alice', 'bob']);

    const requestId = await anonymous.users.requestPasswordReset('bob');
    expect(await anonymous.users.resetPassword(requestId, 'second')).toEqual({ id, username: 'bob' });
    await expect(bob.users.whoami()).rejects.toMatchObject({ status: 403, message: 'not logged in' });
    const again = createClient({
      url: stack.url,
      token: (await anonymous.users.login('bob', 'second')).token,
    });
    await again.users.logout();
    await expect(again.users.whoami()).rejects.toMatchObject({ code: 'auth.not-logged-in' });
  });

  it('throws errors with code and request id', async () => {
    await expect(anonymous.workflows.get('NONE')).rejects.toMatchObject({
      name: 'ApiError',
      status: 404,
      code: 'workflow.unknown',
      message: "unknown workflow 'NONE'",
      requestId: expect.stringMatching(/./),
    });
  });

  it('encodes identifiers with any characters in the path', async () => {
    await expect(alice.runs.get('../users/a b%2f?x')).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('unknown'),
    });
  });

  it('reads workflows with their parameters', async () => {
    const { service, workflows } = anonymous;
    expect((await service()).routes).toHaveLength(routes.length);
    expect((await workflows.list()).map(({ id }) => id)).toEqual([workflowId]);
    const workflow = await workflows.get(workflowId);
    expect(workflow.parameters.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['names', 'file'],
      ['greeting', 'string'],
    ]);
    expect(workflow.parameters[0]?.target).toBe('data/names.txt');
  });

  it('creates, lists, renames and deletes groups', async () => {
    const group = await newGroup('first name');

    expect(await alice.groups.limits(group.id)).toEqual({ limits: [], nextRun: { possible: true } });
    expect(await alice.groups.chosen(group.id)).toEqual({ runs: [], most: 0, automatic: true });
    await expect(alice.groups.choose(group.id, [])).rejects.toMatchObject({ code: 'contest.chosen' });
    expect(await alice.groups.update(group.id, { name: 'second name' })).toMatchObject({
      id: group.id,
      name: 'second name',
    });

    const entry = { id: group.id, name: 'second name', workflow: workflowId };
    expect(await alice.groups.list()).toContainEqual(entry);
    expect(await alice.workflows.groups(workflowId)).toContainEqual(entry);
    await alice.groups.delete(group.id);
    await expect(alice.groups.get(group.id)).rejects.toMatchObject({ status: 404 });
  });

  it('E1, E5, E7: uploads, lists, downloads and deletes files', async () => {
    const group = await newGroup('files');
    const file = await alice.files.upload(group.id, names, 'names.txt');

    expect(file).toMatchObject({ name: 'names.txt', size: 11 });
    expect(await alice.files.list(group.id)).toEqual([file]);
    expect(await (await anonymous.files.download(group.id, file.id)).text()).toBe('Ada\nBlaise\n');
    await alice.files.delete(group.id, file.id);
    expect(await alice.files.list(group.id)).toEqual([]);
  });

  it('downloads an output through a link to the storage', async () => {
    const id = await stack.install(await largeWorkflow(), { id: 'LARGE' });
    const group = await alice.groups.create(id, { name: 'large' });
    const run = await ended((await alice.runs.start(group.id)).id);

    const download = await alice.runs.downloadFile(run.id, run.files?.[0]?.id ?? '');

    expect(new URL(download.url).port).not.toBe(new URL(stack.url).port);
    expect((await download.arrayBuffer()).byteLength).toBe(LARGE_BYTES);
    expect(download.headers.get('content-disposition')).toContain('large.bin');
  });

  it('runs a workflow, and reads its leaderboard and post-processing', async () => {
    const group = await newGroup('runners');
    const run = await ended((await start(group)).id);
    expect(run.state).toBe('SUCCESS');
    expect(await alice.runs.list(group.id, 'SUCCESS')).toMatchObject([
      { id: run.id, state: 'SUCCESS', createdAt: run.createdAt },
    ]);
    expect(await alice.runs.list(group.id, 'ERROR')).toEqual([]);
    const greetings = run.files?.find(({ name }) => name === 'results/greetings.txt');
    expect(await (await anonymous.runs.downloadFile(run.id, greetings?.id ?? '')).text()).toContain(
      'Hello Ada',
    );
    expect(await alice.runs.diff(run.id, run.id)).toMatchObject({ sameVersion: true, files: [], omitted: 0 });
    const crate = await whenReady(() => alice.runs.downloadCrate(run.id));
    expect(crate.headers.get('content-type')).toBe('application/zip');
    await crate.body?.cancel();
    const template = await whenReady(() => anonymous.workflows.downloadCrate(workflowId));
    expect(template.headers.get('content-disposition')).toContain('workflow.crate.zip');
    await template.body?.cancel();
    const archive = await alice.runs.downloadArchive(run.id);
    expect(archive.headers.get('content-type')).toBe('application/gzip');
    await archive.body?.cancel();

    const { ranking } = await anonymous.workflows.leaderboard(workflowId);
    expect(ranking.map((entry) => entry.run.id)).toEqual([run.id]);
    const query = { orderBy: 'avg_count:asc', includeAll: true };
    expect((await anonymous.workflows.leaderboard(workflowId, query)).ranking).toHaveLength(1);
    expect(await anonymous.workflows.leaderboard(workflowId, { version: 1 })).toMatchObject({ ranking });
    const { versions } = await anonymous.workflows.versions(workflowId);
    expect(versions).toMatchObject([{ number: 1, rankedSince: 1, isCurrent: true, changes: [] }]);

    const postproc = await stack.postproc(workflowId, ({ state }) => state === 'SUCCESS');
    const compared = await anonymous.workflows.downloadFile(workflowId, postproc.files[0].id);
    expect(await compared.json()).toHaveLength(1);
    const results = await anonymous.workflows.downloadArchive(workflowId);
    expect(results.headers.get('content-disposition')).toContain('results.tar.gz');
    await results.body?.cancel();
  });

  it('J14, J19: cancels and deletes runs', async () => {
    const slow = await stack.install(fixture('hello-world'), { id: 'HW' });
    const group = await alice.groups.create(slow, { name: 'slow' });
    const file = await alice.files.upload(group.id, names, 'names.txt');
    const run = await alice.runs.start(group.id, {
      arguments: [...argumentsFor(file.id), { name: 'sleeptime', value: 60 }],
    });

    await expect(alice.runs.delete(run.id)).rejects.toMatchObject({ status: 400 });
    expect(await alice.runs.cancel(run.id, 'enough')).toMatchObject({
      state: 'CANCELED',
      messages: ['enough'],
    });
    await alice.runs.delete(run.id);
    await expect(alice.runs.get(run.id)).rejects.toMatchObject({ status: 404 });
  });
});

/** Size of an output that is too large for the response of a function. */
const LARGE_BYTES = 5 * 1024 * 1024;

/** Creates the source of a workflow with one output of `LARGE_BYTES` bytes. */
async function largeWorkflow(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flowserv-large-'));
  folders.push(folder);
  const command = `head -c ${LARGE_BYTES} /dev/zero > large.bin`;
  const step = { name: 'fill', action: { environment: 'busybox', commands: [command] } };
  const workflow = { files: { outputs: ['large.bin'] }, steps: [step] };
  await writeFile(
    join(folder, 'flowserv.json'),
    JSON.stringify({ name: 'Large', specfile: 'template.json' }),
  );
  await writeFile(join(folder, 'template.json'), JSON.stringify({ workflow }));
  return folder;
}

it('never sends the token to the host that a download redirects to', async () => {
  const seen: IncomingHttpHeaders[] = [];
  const storage = createServer((request, response) => {
    seen.push(request.headers);
    response.end('bytes');
  });
  const api = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(302, { location: `http://127.0.0.1:${portOf(storage)}/object` }).end();
  });
  for (const server of [storage, api]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  try {
    const client = createClient({ url: `http://127.0.0.1:${portOf(api)}`, token: 'secret' });

    const download = await client.runs.downloadArchive('r');

    expect(await download.text()).toBe('bytes');
    expect(seen.map(({ api_key }) => api_key)).toEqual(['secret', undefined]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer secret', undefined]);
  } finally {
    for (const server of [storage, api]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

const portOf = (server: ReturnType<typeof createServer>) => (server.address() as AddressInfo).port;
