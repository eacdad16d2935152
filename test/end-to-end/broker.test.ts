import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../../shared/broker/session.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { findRun } from '../../shared/runs/run.ts';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { StagedEntry, UploadKind } from '../../shared/staging/protocol.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { installTemplate, oneStep, SCORES } from './install-template.ts';
import { askBroker, describeUpload, playTask, put, started, startedRun, stopped } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** What a ticket grants access to over HTTP, and what not. */
const twoSteps = `workflow:
  files: {outputs: [out.txt]}
  steps:
    - name: one
      action: {environment: 'python:3.9', commands: ['true']}
    - name: two
      action: {environment: 'python:3.9', commands: ['true']}
`;

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let group: string;
let two: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  const files = { 'code/run.sh': 'echo run\n', 'data/in.txt': 'in\n' };
  const outputs = ['result.json', 'plots/', 'out.txt'];
  await installTemplate(stack, oneStep(['true'], SCORES, outputs), files, { id: 'W' });
  await installTemplate(stack, twoSteps, {}, { id: 'T' });
  group = await stack.group('W', alice.token, 'Group');
  two = await stack.group('T', alice.token, 'Group');
});
afterAll(async () => {
  for (const id of [group, two]) await stack.request('DELETE', `/groups/${id}`, { token: alice.token });
});

const inputs = (ticket: string, page: unknown = 0) => askBroker(stack, ticket, '/inputs', { page });
const links = (ticket: string, files: unknown) => askBroker(stack, ticket, '/uploads', { files });
const linkFor = (ticket: string, kind: UploadKind, path: string) =>
  links(ticket, [describeUpload(kind, path, 'text')]);

describe('a ticket', () => {
  it('grants access to the inputs of its step, with working links', async () => {
    const { ticket } = await startedRun(stack, group);
    const { status, json } = await inputs(ticket);
    expect(status).toBe(200);
    expect(json).toMatchObject({ step: { index: 0, name: 'only', attempt: 1 }, next: null });
    const entries: StagedEntry[] = json.entries;
    expect(entries.map(({ path }) => path)).toEqual(['code/run.sh', 'data/in.txt']);
    for (const entry of entries) {
      const file = entry.type === 'file' ? entry : undefined;
      const body = Buffer.from(await (await fetch(file?.url ?? '')).arrayBuffer());
      expect(createHash('sha256').update(body).digest('hex')).toBe(file?.sha256);
    }
  });

  it('returns links that are valid for at most 15 minutes, one method and one object', async () => {
    const { id, ticket } = await startedRun(stack, group);
    const url = new URL((await inputs(ticket)).json.entries[0].url);
    expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(900);
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
    const other = new URL(url);
    other.pathname = `/${stack.services.config.dataBucket}/${objectKeys.runFile('W', id, 'x')}`;
    expect((await fetch(other)).status).toBe(403);
    const [link] = (await linkFor(ticket, 'output', 'out.txt')).json.uploads;
    expect(await put(link, 'other text')).toBe(400);
    expect(await put({ ...link, headers: {} }, 'text')).toBe(403);
    expect(await put(link, 'text')).toBe(200);
  });

  it('is rejected when it is wrong, malformed, missing or of another run', async () => {
    const { id, ticket } = await startedRun(stack, group);
    const other = await startedRun(stack, group);
    const secret = ticket.split('.')[3];
    const wrong = [
      '',
      'x',
      alice.token,
      `${ticket}x`,
      `${ticket.slice(0, -1)}${ticket.endsWith('A') ? 'B' : 'A'}`,
      `${other.id}.0.1.${secret}`,
      `${id}.0.2.${secret}`,
      `${id}.1.1.${secret}`,
      `${'0'.repeat(32)}.0.1.${secret}`,
    ];
    for (const text of wrong) {
      const { status, json } = await inputs(text);
      expect([text, status, json.message]).toEqual([text, 403, 'ticket refused']);
      expect((await linkFor(text, 'status', 'status.json')).status).toBe(403);
    }
    expect((await inputs(ticket)).status).toBe(200);
  });

  it('is invalid after its attempt ended or was repeated', async () => {
    const first = await startedRun(stack, group);
    const again = started(await nextStep(stack.services, { runId: first.id, outcome: null }));
    expect((await inputs(first.ticket)).status).toBe(403);
    expect((await inputs(again.ticket)).status).toBe(200);
    await playTask(stack, again.ticket, { exitCode: 0, files: { 'out.txt': 'text' } });
    await nextStep(stack.services, { runId: first.id, outcome: stopped(0) });
    expect((await inputs(again.ticket)).status).toBe(403);
    expect((await linkFor(again.ticket, 'output', 'out.txt')).status).toBe(403);
    await settleRun(stack.services, first.id, true);
    expect((await linkFor(again.ticket, 'status', 'status.json')).status).toBe(403);
  });

  it('of a canceled run accepts only logs and the status, for three minutes', async () => {
    const { id, ticket } = await startedRun(stack, group);
    await cancelRun(stack.services, await findRun(stack.services, id));
    expect((await inputs(ticket)).status).toBe(403);
    for (const kind of ['output', 'result', 'tree', 'manifest', 'archive'] as const) {
      expect((await linkFor(ticket, kind, 'out.txt')).status).toBe(403);
    }
    expect((await linkFor(ticket, 'log', '0.out')).status).toBe(200);
    expect((await linkFor(ticket, 'status', 'status.json')).status).toBe(200);
    const later = { ...stack.services, now: () => new Date(Date.now() + 3 * 60_000) };
    await expect(openSession(later, ticket)).rejects.toThrow('ticket refused');
  });

  it('is invalid after the run was deleted', async () => {
    const { id, ticket } = await startedRun(stack, group);
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
    expect((await stack.request('DELETE', `/runs/${id}`, { token: alice.token })).status).toBe(204);
    expect((await linkFor(ticket, 'log', '0.out')).status).toBe(403);
  });
});

describe('uploads', () => {
  it('are accepted only for the outputs of the plan', async () => {
    const { ticket } = await startedRun(stack, group);
    const taken: [UploadKind, string][] = [
      ['output', 'out.txt'],
      ['output', 'plots/a/b.png'],
      ['result', 'result.json'],
      ['archive', 'run.tar.gz'],
      ['log', 'live'],
      ['log', 'end'],
      ['log', 'stderr'],
      ['log', '0.out'],
      ['log', '12.err'],
      ['status', 'status.json'],
    ];
    for (const [kind, path] of taken)
      expect([path, (await linkFor(ticket, kind, path)).status]).toEqual([path, 200]);
    const rejected: [UploadKind, string][] = [
      ['output', 'other.txt'],
      ['output', 'plots'],
      ['output', 'plotsx/a'],
      ['output', 'code/run.sh'],
      ['result', 'out.txt'],
      ['log', 'secret'],
      ['log', 'status'],
      ['log', '0.out/x'],
    ];
    for (const [kind, path] of rejected) {
      expect([path, (await linkFor(ticket, kind, path)).status]).toEqual([path, 403]);
    }
    for (const path of ['../out.txt', '/out.txt', 'plots/../../x', 'plots//x', '', 'plots/./x', 'a\0b']) {
      expect([path, (await linkFor(ticket, 'output', path)).status]).toEqual([path, 400]);
    }
  });

  it('of a step that is not the last are accepted for the tree, not for outputs', async () => {
    const { id, ticket } = await startedRun(stack, two);
    const { json } = await inputs(ticket);
    const handOver = { closed: ['/startup'], declared: ['out.txt'], leaves: null, others: [] };
    expect(json.keep).toEqual({ outputs: [], resultFile: null, tree: true, archive: false, handOver });
    for (const kind of ['output', 'archive', 'result'] as const) {
      expect((await linkFor(ticket, kind, 'out.txt')).status).toBe(403);
    }
    for (const kind of ['tree', 'manifest'] as const) {
      const [link] = (await linkFor(ticket, kind, 'out.txt')).json.uploads;
      expect(new URL(link.url).pathname).toContain(`/r/${id}/`);
    }
  });

  it('are stored below their own run, whatever their names', async () => {
    const { id, ticket } = await startedRun(stack, group);
    const kinds: [UploadKind, string][] = [
      ['output', 'plots/%2e%2e/x'],
      ['output', 'plots/a b&c?d#e'],
      ['tree', 'w/W/static/x'],
      ['log', '3.out'],
      ['manifest', 'manifest.json'],
    ];
    const { config } = stack.services;
    const own = [`/${config.workBucket}/r/${id}/`, `/${config.dataBucket}/w/W/runs/${id}/`];
    for (const [kind, path] of kinds) {
      const [link] = (await linkFor(ticket, kind, path)).json.uploads;
      const { pathname } = new URL(link.url);
      expect([path, own.some((folder) => pathname.startsWith(folder))]).toEqual([path, true]);
      expect(await put(link, 'text')).toBe(200);
    }
  });
});

describe('requests', () => {
  it('that are malformed or too large are rejected', async () => {
    const { ticket } = await startedRun(stack, group);
    for (const page of [1, 7, 1e12, -1, 0.5, '0', null]) {
      expect([page, (await inputs(ticket, page)).status]).toEqual([page, 400]);
    }
    const file = describeUpload('output', 'out.txt', 'text');
    const bodies: unknown[] = [
      '{',
      '',
      [],
      {},
      { files: 'x' },
      { files: [{ ...file, sha256: 'x' }] },
      { files: [{ ...file, size: -1 }] },
      { files: [{ ...file, size: 6 * 1024 ** 3 }] },
      { files: [{ ...file, kind: 'secret' }] },
      { files: [{ ...file, more: 1 }] },
      { files: Array.from({ length: 1001 }, () => file) },
    ];
    for (const body of bodies) expect((await askBroker(stack, ticket, '/uploads', body)).status).toBe(400);
    const many = Array.from({ length: 1000 }, (_, index) =>
      describeUpload('output', `plots/${index}`, 'text'),
    );
    expect((await links(ticket, many)).json.uploads).toHaveLength(1000);
    expect((await askBroker(stack, ticket, '/other', {})).status).toBe(404);
  });
});
