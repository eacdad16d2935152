import { describe, expect, it } from 'vitest';
import { MAX_INSTALLATIONS_A_DAY } from '../../shared/installations/create.ts';
import { installationCodec, readInstallation } from '../../shared/installations/request.ts';
import { MAX_SOURCES } from '../../shared/installations/sources.ts';
import { takeRole } from '../../shared/members/members.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { updateTemplate } from './new-version.ts';
import { scoring } from './rescore-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';
import { digestOf, sourceOf, versionRequests, zipOf } from './version-requests.ts';

const stack = useStack({ check: 'consistency' });
const { organiserOf } = versionRequests(stack);
const current = async (id: string) =>
  (await stack.request('GET', `/workflows/${id}/versions`)).json.versions.map(
    ({ number }: { number: number }) => number,
  );
const storedZips = (id: string) => stack.services.table.list(keys.sources(id));

describe('an organiser who uploads a zip', () => {
  it('installs a version that new runs use, and reads its state, changes and files', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'ZIP' });
    const olga = await organiserOf(id);
    const zip = await zipOf(sourceOf(scoring(10), { 'note.txt': 'for the organisers' }));
    const { id: uploadId, size, sha256 } = await olga.upload(zip);
    expect([size, sha256]).toEqual([zip.length, digestOf(zip)]);
    const { status, json, headers } = await olga.create(uploadId);
    expect([status, json.number, json.sha256]).toEqual([202, 2, sha256]);
    expect(headers.get('retry-after')).toBe('2');
    expect(await olga.ended(2)).toMatchObject({
      state: 'installed',
      number: 2,
      isCurrent: true,
      sha256,
      user: { username: olga.name },
      changes: ['The steps of the workflow change.', 'Static files: 1 new.'],
      files: ['Files new: note.txt.'],
      isNewLeaderboard: false,
    });
    const { token } = await stack.user('player');
    const group = await stack.group(id, token, 'player');
    const run = await start(stack, group, token, { number: 3 });
    expect((await stack.ended(run.json.id, token)).state).toBe('SUCCESS');
    const { json: leaderboard } = await stack.request('GET', `/workflows/${id}/leaderboard`);
    expect(leaderboard.ranking[0].results[0].value).toBe(30);
    const { json: audit } = await olga.request('GET', '/audit');
    expect(audit.entries.find((one: { action: string }) => one.action === 'workflow.version')).toMatchObject({
      user: { username: olga.name },
      detail: `version 2, from a zip with SHA-256 ${sha256}`,
    });
    // Others read what changed, but neither names of files nor the zip.
    const { json: shown } = await stack.request('GET', `/workflows/${id}/versions/2`);
    expect(shown).toEqual({
      ...{ number: 2, state: 'installed', isCurrent: true, rankedSince: 1 },
      ...{ id: expect.any(String), createdAt: expect.any(String), changes: expect.any(Array) },
    });
    expect(await storedZips(id)).toEqual([]);
    expect(await stack.services.objects.size('data', objectKeys.source(id, uploadId))).toBeUndefined();
  });

  it('installs it once, however often it is requested or uploaded', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'ONCE' });
    const olga = await organiserOf(id);
    const zip = await zipOf(sourceOf(scoring(10).replace('python:3.9', 'python:3.8')));
    const { id: uploadId } = await olga.upload(zip);
    const replies = await Promise.all([olga.create(uploadId), olga.create(uploadId), olga.create(uploadId)]);
    expect(replies.map(({ status, json }) => [status, json.number])).toEqual(Array(3).fill([202, 2]));
    await olga.ended(2);
    const again = await olga.create(uploadId);
    expect([again.status, again.json.state, again.json.number]).toEqual([202, 'installed', 2]);
    const { id: second } = await olga.upload(zip);
    const equal = await olga.create(second);
    expect([equal.status, equal.json.state, equal.json.number]).toEqual([202, 'installed', 2]);
    expect(await current(id)).toEqual([2, 1]);
    // A zip with other bytes and the same content changes nothing.
    const other = await zipOf({
      ...sourceOf(scoring(10).replace('python:3.9', 'python:3.8')),
      'unlisted.txt': 'x',
    });
    const { id: third } = await olga.upload(other);
    await olga.create(third);
    expect(await olga.ended(3)).toMatchObject({ number: 3, state: 'unchanged', changes: [] });
    expect(await current(id)).toEqual([2, 1]);
  });

  it('gets all problems of a source, and what a version would change, without installing it', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'DRY' });
    const olga = await organiserOf(id);
    const broken = oneStep(['echo $[[unknown]]'], 'parameters: [{name: a, dtype: strange}]\n');
    const failed = await olga.install({
      'top/flowserv.yaml': 'name: B\nspecfile: t.yaml\nodd: 1\n',
      'top/t.yaml': broken,
    });
    expect(failed.state).toBe('failed');
    expect(failed.problems?.join('\n')).toMatch(/odd[\s\S]*strange/);
    const { token } = await stack.user('member');
    await stack.request('POST', `/workflows/${id}/groups`, {
      token,
      body: { name: 'G', parameters: [{ name: 'own', dtype: 'int' }] },
    });
    const { id: uploadId } = await olga.upload(
      await zipOf(sourceOf(scoring(10, 'points', '').replaceAll('number', 'own'))),
    );
    await olga.create(uploadId, { dryRun: true });
    expect(await olga.ended(2)).toMatchObject({
      ...{ state: 'checked', dryRun: true, isNewLeaderboard: true },
      groups: [{ group: 'G', parameter: 'own' }],
    });
    expect(await current(id)).toEqual([1]);
    // The zip is still there for the installation.
    await olga.create(uploadId);
    expect((await olga.ended(2)).state).toBe('installed');
  });

  it('fails if another version is installed first, and says so', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'RACE' });
    const [olga, otto] = [await organiserOf(id), await organiserOf(id, 'owner')];
    const one = await olga.upload(await zipOf(sourceOf(scoring(10))));
    const two = await otto.upload(await zipOf(sourceOf(scoring(100))));
    const replies = await Promise.all([olga.create(one.id), otto.create(two.id)]);
    const statuses = replies.map(({ status, json }) => (status === 202 ? 202 : json.code)).toSorted();
    expect(statuses).toEqual([202, 'version.open']);
    const { state, sha256 } = await olga.ended(2);
    expect(state).toBe('installed');
    expect([one.sha256, two.sha256]).toContain(sha256);
    expect(await current(id)).toEqual([2, 1]);
    // The operator is first.
    const { services } = stack;
    const waiting = await readInstallation(services, id);
    await updateTemplate(services, id, scoring(1000));
    if (!waiting) throw new Error('no request');
    const { versionId: _id, finishedAt: _end, ...request } = waiting;
    const rest = { ...request, state: 'waiting' as const, number: 3, attempts: 0 };
    const { id: sourceId } = await olga.upload(await zipOf(sourceOf(scoring(7))));
    await services.table.put(
      installationCodec.write(keys.installation(id), { ...rest, sourceId, dryRun: false }),
    );
    await services.messages.install(id);
    const failed = await poll(async () => {
      const found = await readInstallation(services, id);
      return found?.state === 'failed' ? found : undefined;
    }, 'the request did not fail');
    expect(failed.problems).toEqual(['another version was installed meanwhile; request it again']);
    const ended = await olga.request('GET', '/versions/3');
    expect(ended.json).toMatchObject({ state: 'installed', isCurrent: true });
    expect(ended.json.sha256).toBeUndefined();
  });

  it('needs the role until the version is installed, and a zip that is complete and as declared', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'ROLE' });
    const olga = await organiserOf(id);
    const zip = await zipOf(sourceOf(scoring(10)));
    const { json: begun } = await olga.request('POST', '/sources', {
      size: zip.length,
      sha256: '0'.repeat(64),
    });
    expect((await olga.create(begun.id)).json.code).toBe('source.incomplete');
    const more = await olga.request('POST', `/sources/${begun.id}/parts`, { numbers: [1] });
    expect(more.json).toEqual({ parts: [{ number: 1, url: expect.any(String) }], done: [] });
    const put = await fetch(begun.parts[0].url, { method: 'PUT', body: zip });
    const parts = [{ number: 1, etag: put.headers.get('etag') }];
    expect((await olga.request('POST', `/sources/${begun.id}/complete`, { parts: [] })).json.code).toBe(
      'upload.part',
    );
    expect((await olga.request('POST', `/sources/${begun.id}/complete`, { parts })).status).toBe(201);
    expect((await olga.request('POST', `/sources/${begun.id}/complete`, { parts })).status).toBe(201);
    await olga.create(begun.id);
    expect(await olga.ended(2)).toMatchObject({
      state: 'failed',
      problems: ['the uploaded zip has not the declared SHA-256; upload it again'],
    });
    const { id: uploadId } = await olga.upload(zip);
    const { services } = stack;
    await takeRole(services, 'operator', id, olga.userId);
    expect((await olga.create(uploadId)).status).toBe(403);
    expect((await olga.request('GET', '/versions/2')).status).toBe(404);
    const viewer = await organiserOf(id, 'viewer');
    expect((await viewer.request('GET', '/versions/2')).status).toBe(404);
    expect((await viewer.create(uploadId)).status).toBe(403);
  });

  it('is stopped after a number of zips, and of requests in a day', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'MANY' });
    const olga = await organiserOf(id);
    const begin = () => olga.request('POST', '/sources', { size: 1, sha256: '0'.repeat(64) });
    const begun = await Promise.all(Array.from({ length: MAX_SOURCES + 3 }, begin));
    expect(begun.filter((reply) => reply.status === 201)).toHaveLength(MAX_SOURCES);
    const rejected = begun.find((reply) => reply.status !== 201);
    expect([rejected?.status, rejected?.json.code]).toEqual([429, 'source.limit']);
    const [first] = begun.filter((reply) => reply.status === 201);
    expect((await olga.request('DELETE', `/sources/${first?.json.id}`)).status).toBe(204);
    expect((await olga.request('DELETE', `/sources/${first?.json.id}`)).status).toBe(404);
    const { id: uploadId } = await olga.upload(await zipOf(sourceOf(scoring(10))));
    await olga.create(uploadId, { dryRun: true });
    await olga.ended(2);
    const { services } = stack;
    const request = await readInstallation(services, id);
    if (!request) throw new Error('no request');
    const recent = Array.from({ length: MAX_INSTALLATIONS_A_DAY }, () => request.createdAt);
    await services.table.put(installationCodec.write(keys.installation(id), { ...request, recent }));
    const { status, json, headers } = await olga.create(uploadId);
    expect([status, json.code]).toEqual([429, 'version.limit']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(3600);
  });
});
