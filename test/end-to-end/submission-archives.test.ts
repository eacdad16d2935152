import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packSubmissions } from '../../shared/archives/submissions/pack.ts';
import {
  continueSubmissions,
  findSubmissions,
  requestSubmissions,
} from '../../shared/archives/submissions/request.ts';
import { giveRole } from '../../shared/members/members.ts';
import type { Services } from '../../shared/services/services.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { cliWith } from '../bin/run-cli.ts';
import { fileArgument, installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Archives of the submissions of all groups. */
const stack = useStack({ check: 'faults' });
const folder = mkdtempSync(join(tmpdir(), 'flowserv-submissions-'));
const SECRET = 'secret-label-55';
let tokens: Record<'ann' | 'ben' | 'vera' | 'otto', string>;
let runs: { id: string; group: string; text: string }[];
let groups: string[];

const TEMPLATE = oneStep(
  ['cat data/in.txt > out.txt', `echo '{"score": 1}' > result.json`],
  `parameters: [{name: file, dtype: file, target: data/in.txt}]\n${SCORES}`,
  ['out.txt', 'result.json'],
);

beforeAll(async () => {
  const [ann, ben, vera, otto] = await Promise.all(['ann', 'ben', 'vera', 'otto'].map(stack.user));
  if (!ann || !ben || !vera || !otto) throw new Error('no users');
  tokens = { ann: ann.token, ben: ben.token, vera: vera.token, otto: otto.token };
  const labels = { 'labels.txt': { text: SECRET, access: 'private' as const } };
  await installTemplate(stack, TEMPLATE, labels, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'vera', 'viewer');
  await giveRole(stack.services, 'operator', 'W', 'otto', 'organiser');
  groups = [await stack.group('W', ann.token, '../Ann & Co'), await stack.group('W', ben.token, 'Ben')];
  const wanted = [
    { token: ann.token, group: groups[0] ?? '', text: 'one' },
    { token: ann.token, group: groups[0] ?? '', text: 'two' },
    { token: ben.token, group: groups[1] ?? '', text: 'three' },
  ];
  runs = [];
  for (const { token, group, text } of wanted) {
    const { json } = await start(stack, group, token, {
      file: await fileArgument(stack, group, token, text),
    });
    const { id, state } = await stack.ended(json.id, token);
    expect(state).toBe('SUCCESS');
    runs.push({ id, group, text });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const request = (body: unknown = {}, token = tokens.otto, headers = {}) =>
  stack.request('POST', '/workflows/W/archives', { token, body, headers });
const show = (id: string, token = tokens.otto) =>
  stack.request('GET', `/workflows/W/archives/${id}`, { token });
const done = (id: string) =>
  poll(async () => {
    const { json } = await show(id);
    return json.state === 'running' ? undefined : json;
  }, `archive ${id} is not done`);

/** The content of all files of an archive by path. */
async function contentOf(archive: { files: { url: string; name: string }[] }): Promise<Map<string, string>> {
  const content = new Map<string, string>();
  for (const { url, name } of archive.files) {
    const response = await fetch(url);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename=${name}`);
    const zip = join(folder, name);
    writeFileSync(zip, Buffer.from(await response.arrayBuffer()));
    const script =
      'import sys,zipfile,json\nz=zipfile.ZipFile(sys.argv[1])\nprint(json.dumps({n: z.read(n).decode() for n in z.namelist()}))';
    const found: Record<string, string> = JSON.parse(execFileSync('python3', ['-c', script, zip]).toString());
    for (const [path, text] of Object.entries(found)) {
      expect(content.has(path)).toBe(false);
      content.set(path, text);
    }
  }
  return content;
}
const runsOf = (content: Map<string, string>) =>
  [...content].filter(([path]) => path.endsWith('submission.json')).map(([, text]) => JSON.parse(text).run);
const quiet = (): Services => ({
  ...stack.services,
  messages: { ...stack.services.messages, archiveWanted: async () => {} },
});

it('has what was submitted, with outputs if they are wanted, and no private file', async () => {
  const { status, json } = await request({ outputs: true });
  expect([status, json.state, json.outputs]).toEqual([202, 'running', true]);
  const archive = await done(json.id);
  expect(archive).toMatchObject({ state: 'done', runs: 3, leftOut: 0, user: { username: 'otto' } });
  const content = await contentOf(archive);
  const expected = runs.flatMap(({ id, group }) => {
    const root = `${group === groups[0] ? 'Ann__Co' : 'Ben'}-${group}/${id}`;
    return ['submission.json', 'inputs/data/in.txt', 'outputs/out.txt', 'outputs/result.json'].map(
      (path) => `${root}/${path}`,
    );
  });
  expect([...content.keys()].toSorted()).toEqual(expected.toSorted());
  for (const { id, text, group } of runs) {
    const of = (name: string) => [...content].find(([path]) => path.endsWith(`${id}/${name}`))?.[1];
    expect([of('inputs/data/in.txt'), of('outputs/out.txt')]).toEqual([text, text]);
    const description = { run: id, group, state: 'SUCCESS', version: 1, results: { score: 1 } };
    expect(JSON.parse(of('submission.json') ?? '')).toMatchObject(description);
  }
  expect([...content.values()].join()).not.toContain(SECRET);
});

it('is filtered, and has no outputs by default', async () => {
  const archive = await done((await request({ group: groups[0], state: 'SUCCESS', version: 1 })).json.id);
  expect(archive.filter).toEqual({ group: groups[0], state: 'SUCCESS', version: 1 });
  const content = await contentOf(archive);
  expect(runsOf(content).toSorted()).toEqual(
    runs
      .slice(0, 2)
      .map(({ id }) => id)
      .toSorted(),
  );
  expect([...content.keys()].some((path) => path.includes('/outputs/'))).toBe(false);
  const none = await done((await request({ state: 'ERROR', since: '2026-01-01' })).json.id);
  expect([none.state, none.runs, runsOf(await contentOf(none))]).toEqual(['done', 0, []]);
});

it('is divided into files that have each run once, also if two workers make one at the same time', async () => {
  const services = quiet();
  const choice = { filter: {}, outputs: true };
  const { id } = await requestSubmissions(services, { id: 'o', name: 'otto' }, 'W', choice);
  const limits = { bytes: 1, runs: 500, runBytes: 1000 };
  const own = servicesOf(stack, 'archive');
  const written: string[] = [];
  // Another worker records the same file first, and sends the message for the others to the function itself.
  const late: Services = {
    ...own,
    objects: {
      ...own.objects,
      async writeParts(bucket, key, chunks) {
        await packSubmissions(own, 'W', id, limits);
        written.push(key);
        return own.objects.writeParts(bucket, key, chunks);
      },
    },
  };
  await packSubmissions(late, 'W', id, limits);
  expect(await services.objects.size('work', written[0] ?? '')).toBeUndefined();
  const archive = await done(id);
  expect(archive).toMatchObject({ state: 'done', runs: 3 });
  expect(archive.files.map((file: { runs: number }) => file.runs)).toEqual([1, 2]);
  expect(runsOf(await contentOf(archive)).toSorted()).toEqual(runs.map((run) => run.id).toSorted());
  const before = await findSubmissions(services, 'W', id);
  await packSubmissions(services, 'W', id, limits);
  expect(await findSubmissions(services, 'W', id)).toEqual(before);
});

it('leaves out files that are too large, and says so', async () => {
  const services = quiet();
  const choice = { filter: {}, outputs: true };
  const { id } = await requestSubmissions(services, { id: 'o', name: 'otto' }, 'W', choice);
  await packSubmissions(services, 'W', id, { bytes: 1000, runs: 500, runBytes: 1 });
  const archive = (await show(id)).json;
  expect(archive).toMatchObject({ state: 'done', runs: 3, leftOut: 3 });
  const content = await contentOf(archive);
  expect(content.size).toBe(3);
  for (const text of content.values()) expect(JSON.parse(text).leftOut).toContain('too large');
});

it('is continued when its message was lost, and fails after some attempts', async () => {
  const sent: string[] = [];
  const lost = quiet();
  const first = await requestSubmissions(lost, { id: 'o', name: 'otto' }, 'W', {
    filter: {},
    outputs: false,
  });
  const at = (minutes: number): Services => ({
    ...stack.services,
    now: () => new Date(Date.parse(first.createdAt) + minutes * 60_000),
    messages: {
      ...stack.services.messages,
      archiveWanted: async (order) => {
        sent.push(JSON.stringify(order));
      },
    },
  });
  let current = await continueSubmissions(at(1), first);
  expect([current.attempts, sent.length]).toEqual([0, 0]);
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    current = await continueSubmissions(at(attempt * 21), current);
    expect([current.state, current.attempts, sent.length]).toEqual(['running', attempt, attempt]);
  }
  current = await continueSubmissions(at(6 * 21), current);
  expect([current.state, sent.length]).toEqual(['failed', 5]);
});

it('is made once for a repeated request, and listed until it expires', async () => {
  const headers = { 'idempotency-key': 'nightly' };
  const [one, other] = [await request({}, tokens.otto, headers), await request({}, tokens.otto, headers)];
  expect(other.json.id).toBe(one.json.id);
  expect((await request({ outputs: true }, tokens.otto, headers)).status).toBe(422);
  const { json } = await stack.request('GET', '/workflows/W/archives', { token: tokens.otto });
  expect(json.archives[0].id).toBe(one.json.id);
  expect(Date.parse(json.archives[0].expiresAt) - Date.parse(json.archives[0].createdAt)).toBe(
    7 * 86_400_000,
  );
  const later = { ...stack.services, now: () => new Date(Date.now() + 7.01 * 86_400_000) };
  await expect(findSubmissions(later, 'W', one.json.id)).rejects.toThrow('unknown archive');
  await done(one.json.id);
});

it('is for organisers only', async () => {
  const { archives } = (await stack.request('GET', '/workflows/W/archives', { token: tokens.otto })).json;
  for (const token of [tokens.ann, tokens.vera]) {
    expect((await request({}, token)).status).toBe(403);
    expect((await show(archives[0].id, token)).status).toBe(403);
    expect((await stack.request('GET', '/workflows/W/archives', { token })).status).toBe(403);
  }
  expect((await request({ version: 2 })).status).toBe(404);
  expect((await request({ state: 'x' })).status).toBe(400);
  expect((await show('unknown')).status).toBe(404);
});

it('is saved by the command line', async () => {
  const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: tokens.otto });
  const output = join(folder, 'saved');
  const { code, stdout } = await flowserv(`workflows archive -w W --state SUCCESS -o ${output}`);
  expect([code, stdout]).toEqual([0, `${join(output, 'submissions-W-001.zip')}\n`]);
  expect(readdirSync(output)).toEqual(['submissions-W-001.zip']);
  expect(readFileSync(join(output, 'submissions-W-001.zip')).subarray(0, 2).toString()).toBe('PK');
});

it('leaves nothing of a workflow that is deleted', async () => {
  await installTemplate(stack, TEMPLATE, {}, { id: 'GONE' });
  const services = quiet();
  const choice = { filter: {}, outputs: false };
  const { id } = await requestSubmissions(services, { id: 'o', name: 'otto' }, 'GONE', choice);
  await packSubmissions(services, 'GONE', id);
  const [file] = (await findSubmissions(services, 'GONE', id)).files;
  const object = objectKeys.submissionArchive('GONE', id, file?.id ?? '');
  expect(await services.objects.size('work', object)).toBeGreaterThan(0);
  await giveRole(stack.services, 'operator', 'GONE', 'otto', 'owner');
  const late = await requestSubmissions(services, { id: 'o', name: 'otto' }, 'GONE', choice);
  let written = '';
  const deletedMeanwhile: Services = {
    ...services,
    objects: {
      ...services.objects,
      async writeParts(bucket, key, chunks) {
        await removeWorkflow(stack.services, 'GONE', 'now');
        written = key;
        return services.objects.writeParts(bucket, key, chunks);
      },
    },
  };
  await packSubmissions(deletedMeanwhile, 'GONE', late.id);
  expect(await services.objects.size('work', written)).toBeUndefined();
  await poll(async () => {
    const size = await services.objects.size('work', object);
    return size === undefined || undefined;
  }, 'the archive of a deleted workflow is still there');
});
