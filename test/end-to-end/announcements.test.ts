import { beforeAll, describe, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { announce } from '../../shared/workflows/announcements.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { runRequest } from '../api-http/wes-requests.ts';
import { reply } from './contest-requests.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { useStack } from './stack-fixture.ts';

const stack = useStack({ check: 'consistency' });
let organiser = '';
let participant = '';
let group = '';

beforeAll(async () => {
  [organiser, participant] = [(await stack.user('olga')).token, (await stack.user('paul')).token];
  await installTemplate(stack, oneStep(['sleep 2']), {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'organiser');
  group = await stack.group('W', participant, 'Team');
});

const as = (token: string) => ({
  get: async (path: string) => (await stack.request('GET', path, { token })).json,
  put: (path: string, body: object) => stack.request('PUT', path, { token, body }),
  post: (path: string, body: object, headers: Record<string, string> = {}) =>
    stack.request('POST', path, { token, body, headers }),
  remove: (path: string) => stack.request('DELETE', path, { token }),
});
const actions = async () =>
  (await as(organiser).get('/workflows/W/audit')).entries.map(
    ({ action, detail }: { action: string; detail?: string }) => [action, detail],
  );

describe('paused submissions', () => {
  it('reject starts with the reason, and let runs go on', async () => {
    const { put, remove } = as(organiser);
    const { json: early } = await start(stack, group, participant);
    expect((await put('/workflows/W/pause', { reason: 'we replace the data' })).json).toEqual({
      paused: { since: expect.any(String), reason: 'we replace the data' },
    });
    const rejected = [403, 'workflow.paused', 'submissions are paused: we replace the data'];
    expect(reply(await start(stack, group, participant))).toEqual(rejected);
    const form = runRequest({ workflow_url: 'flowserv:W', tags: { group } });
    const base = new URL('/ga4gh/wes/v1', stack.url).href;
    const wes = await stack.request('POST', '/runs', { token: participant, form, base });
    expect([wes.status, wes.text]).toEqual([403, expect.stringContaining('we replace the data')]);
    expect((await stack.ended(early.id, participant)).state).toBe('SUCCESS');
    for (const token of [organiser, participant]) {
      expect((await as(token).get('/workflows/W')).paused.reason).toBe('we replace the data');
    }
    expect((await as(participant).get(`/groups/${group}/limits`)).nextRun).toEqual({
      possible: false,
      reason: rejected[2],
    });
    expect((await put('/workflows/W/pause', { reason: 'we replace the data' })).status).toBe(200);
    await put('/workflows/W/pause', { reason: 'until Friday' });
    expect(reply(await start(stack, group, participant))[2]).toBe('submissions are paused: until Friday');
    await Promise.all([1, 2, 3].map(() => remove('/workflows/W/pause')));
    expect((await as(participant).get('/workflows/W')).paused).toBeUndefined();
    expect((await start(stack, group, participant)).status).toBe(201);
    expect((await actions()).slice(0, 3)).toEqual([
      ['workflow.resume', undefined],
      ['workflow.pause', 'until Friday'],
      ['workflow.pause', 'we replace the data'],
    ]);
  });

  it('return the run of a request that is repeated', async () => {
    const headers = { 'idempotency-key': 'once' };
    const begin = () => as(participant).post(`/groups/${group}/runs`, {}, headers);
    const first = await begin();
    await as(organiser).put('/workflows/W/pause', { reason: 'x' });
    expect((await begin()).json.id).toBe(first.json.id);
    await as(organiser).remove('/workflows/W/pause');
  });
});

describe('announcements', () => {
  const list = async (token = '') => (await as(token).get('/workflows/W/announcements')).announcements;
  const add = (text: string, headers: Record<string, string> = {}) =>
    as(organiser).post('/workflows/W/announcements', { text }, headers);

  it('are listed for everyone, the newest first, until they are removed', async () => {
    const first = (await add('The deadline is *Friday*.\r\n\r\nNot Thursday.')).json;
    const second = (await add('<script>alert(1)</script>')).json;
    const expected = [
      { id: second.id, createdAt: expect.any(String), text: '<script>alert(1)</script>' },
      { id: first.id, createdAt: expect.any(String), text: 'The deadline is *Friday*.\n\nNot Thursday.' },
    ];
    expect(await list()).toEqual(expected);
    expect(await list(participant)).toEqual(expected);
    const path = `/workflows/W/announcements/${second.id}`;
    expect((await as(participant).remove(path)).status).toBe(403);
    const removed = await Promise.all([1, 2, 3].map(() => as(organiser).remove(path)));
    expect(removed.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    expect(await list()).toEqual(expected.slice(1));
    expect((await actions()).slice(0, 2)).toEqual([
      ['announcement.remove', '<script>alert(1)</script>'],
      ['announcement.create', '<script>alert(1)</script>'],
    ]);
  });

  it('are texts of a bounded size without control characters', async () => {
    for (const text of ['', ' \n', 'x'.repeat(4001), 'a\u0000', 'a\u001b[31m', 'a\u202eb']) {
      expect((await add(text)).json.code).toBe('announcement.text');
    }
    expect((await as(participant).post('/workflows/W/announcements', { text: 'x' })).status).toBe(403);
    expect((await as(organiser).post('/workflows/OTHER/announcements', { text: 'x' })).status).toBe(404);
  });

  it('are made once by a repeated request', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => add('once', { 'idempotency-key': 'a' })));
    expect(new Set(made.map(({ status, json }) => `${status} ${json.id}`)).size).toBe(1);
    expect((await list()).filter(({ text }: { text: string }) => text === 'once')).toHaveLength(1);
  });

  it('are at most 50, also for concurrent requests', async () => {
    const before = (await list()).length;
    const made = await Promise.allSettled(
      Array.from({ length: 55 }, (_, n) => announce(stack.services, 'operator', 'W', `number ${n}`)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50 - before);
    const failed = made.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(new Set(failed)).toEqual(new Set(['announcement.limit']));
    expect(await list()).toHaveLength(50);
  }, 120_000);

  it('are not made in a workflow that is deleted meanwhile', async () => {
    await installTemplate(stack, oneStep(['true']), {}, { id: 'GONE' });
    await removeWorkflow(stack.services, 'GONE');
    await expect(announce(stack.services, 'operator', 'GONE', 'x')).rejects.toMatchObject({ status: 404 });
  });
});
