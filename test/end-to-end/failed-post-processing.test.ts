import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { giveRole } from '../../shared/members/members.ts';
import { retryPostproc } from '../../shared/ranking/retry-postproc.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { authorize } from '../../shared/users/authorize.ts';
import { leaderboardCodec, readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

const CANARY = 'canary-71c9';
const HIDDEN = 'the run failed; the organisers of this benchmark can read why';
const folder = mkdtempSync(join(tmpdir(), 'flowserv-repaired-'));
const repaired = join(folder, 'repaired');

/** Post-processing prints the files of all groups, and fails until a file exists. */
const TEMPLATE = oneStep(
  [`echo '{"score": 1, "note": "${CANARY}"}' > result.json`],
  `${SCORES}postproc:
  inputs: {files: [result.json], runs: runs/}
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['cat runs/*/result.json', 'test -e ${repaired}', 'echo done > all.txt']}
`,
  ['result.json'],
);

const stack = useStack({ check: 'consistency' });
let tokens: Record<'participant' | 'stranger' | 'viewer' | 'organiser', string>;
let failed = '';

beforeAll(async () => {
  const [paul, sam, vera, oscar] = await Promise.all(['paul', 'sam', 'vera', 'oscar'].map(stack.user));
  if (!paul || !sam || !vera || !oscar) throw new Error('no users');
  tokens = { participant: paul.token, stranger: sam.token, viewer: vera.token, organiser: oscar.token };
  await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'vera', 'viewer');
  await giveRole(stack.services, 'operator', 'W', 'oscar', 'organiser');
  const group = await stack.group('W', paul.token, 'Group');
  await start(stack, group, paul.token);
  failed = (await stack.postproc('W', ({ state }) => state === 'ERROR')).id;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const get = (path: string, token?: string, headers = {}) => stack.request('GET', path, { token, headers });
const retry = (token: string) => stack.request('POST', '/workflows/W/postproc', { token });

it('why post-processing failed is on no page for participants, strangers and the public', async () => {
  expect(existsSync(repaired)).toBe(false);
  for (const token of [undefined, tokens.stranger, tokens.participant]) {
    const [handle, leaderboard] = [
      await get('/workflows/W', token),
      await get('/workflows/W/leaderboard', token),
    ];
    for (const { status, json, text } of [handle, leaderboard]) {
      expect(status).toBe(200);
      expect(json.postproc).toMatchObject({
        state: 'ERROR',
        messages: [HIDDEN],
        hidden: ['logs', 'outputs'],
      });
      expect(text).not.toContain(CANARY);
    }
    const paths = [`/runs/${failed}`, `/runs/${failed}/logs`, '/workflows/W/postproc'];
    const replies = await Promise.all(paths.map((path) => get(path, token)));
    expect(replies.map(({ status }) => status)).toEqual(token ? [200, 403, 403] : [403, 403, 403]);
    expect(replies.map(({ text }) => text).join()).not.toContain(CANARY);
  }
});

it('members of the workflow read why it failed, and its logs', async () => {
  for (const token of [tokens.viewer, tokens.organiser]) {
    const paths = ['/workflows/W', '/workflows/W/leaderboard', `/runs/${failed}`, `/runs/${failed}/logs`];
    for (const path of paths) expect((await get(path, token)).text).toContain(CANARY);
    const { json } = await get('/workflows/W/postproc', token);
    expect(json).toMatchObject({ pending: false, runs: [{ id: failed, state: 'ERROR', shown: true }] });
    expect(json.runs[0]).toMatchObject({ versionNumber: 1, finishedAt: expect.any(String) });
    expect(json.runs[0].message).toMatch(new RegExp(`${CANARY}[^]*list`));
  }
});

it('the command line lists post-processing with the step that failed', async () => {
  const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: tokens.viewer });
  const { stdout } = await flowserv('workflows postproc -w W');
  expect(stdout).toMatch(new RegExp(`\\n${failed} .*\\| ERROR +\\| yes +\\| .*list`));
});

it('the ETag of a reader without a role is not the one of a member', async () => {
  for (const path of ['/workflows/W', '/workflows/W/leaderboard']) {
    const etag = (await get(path)).headers.get('etag') ?? '';
    expect((await get(path, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await get(path, tokens.viewer, { 'if-none-match': etag })).text).toContain(CANARY);
  }
});

it('organisers repeat what failed, once for any number of requests', async () => {
  writeFileSync(repaired, '');
  expect((await retry(tokens.viewer)).status).toBe(403);
  const replies = await Promise.all(Array.from({ length: 5 }, () => retry(tokens.organiser)));
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  await stack.postproc('W', ({ state }) => state === 'SUCCESS');
  const { json } = await retry(tokens.organiser);
  expect(json).toMatchObject({ pending: false, runs: [{ state: 'SUCCESS', shown: true }, { id: failed }] });
  expect(json.runs).toHaveLength(2);
  expect(json.runs[1].shown).toBe(false);
  const { entries } = (await get('/workflows/W/audit', tokens.organiser)).json;
  const actions = entries.map(({ action }: { action: string }) => action);
  expect(actions.filter((action: string) => action === 'postproc.retry')).toHaveLength(1);
});

it('a workflow without post-processing has nothing to repeat', async () => {
  await installTemplate(stack, oneStep(['true'], SCORES), {}, { id: 'NONE' });
  await giveRole(stack.services, 'operator', 'NONE', 'oscar', 'organiser');
  const { status, json } = await stack.request('POST', '/workflows/NONE/postproc', {
    token: tokens.organiser,
  });
  expect([status, json.message]).toEqual([400, 'the workflow has no post-processing']);
  expect((await get('/workflows/NONE/postproc', tokens.organiser)).json).toEqual({
    pending: false,
    runs: [],
  });
});

it('only the phases that failed are repeated, and only once', async () => {
  await installTemplate(stack, TEMPLATE, {}, { id: 'PHASES' });
  const { table } = stack.services;
  const succeeded = (await stack.postproc('W', ({ state }) => state === 'SUCCESS')).id;
  const before = await readLeaderboardState(stack.services, 'PHASES');
  const postprocOf = { dev: { runId: succeeded, set: 'a' }, test: { runId: failed, set: 'b' } };
  await table.put(leaderboardCodec.write(keys.leaderboard('PHASES'), { ...before, postprocOf }));
  const quiet: Services = {
    ...stack.services,
    messages: { ...stack.services.messages, leaderboardDirty: async () => undefined },
  };
  const workflow = await findWorkflow(stack.services, 'PHASES');
  for (let time = 0; time < 2; time += 1) {
    await retryPostproc(quiet, { id: 'o', name: 'oscar' }, workflow);
    expect(await readLeaderboardState(stack.services, 'PHASES')).toMatchObject({
      postprocOf: { dev: postprocOf.dev, test: { runId: failed, set: '' } },
      trigger: before.trigger + 1,
      processed: before.processed,
    });
  }
  // What an interruption before the message leaves is due for the sweep; nothing is ranked, so nothing is shown.
  await stack.services.messages.leaderboardDirty('PHASES');
  await poll(async () => {
    const { trigger, processed, postprocOf: left } = await readLeaderboardState(stack.services, 'PHASES');
    return (trigger === processed && Object.keys(left ?? {}).length === 0) || undefined;
  }, 'the leaderboard was not looked at');
});

it('on a server without accounts, everyone reads why post-processing failed', async () => {
  const open = { table: stack.services.table, config: { auth: 'open', readAccess: 'members' } as const };
  const someone = { id: 'someone', name: 'someone', tokenEpoch: 0 };
  expect(await authorize(open, someone, 'run:logs', { workflowId: 'W' })).toBe('rule');
  await expect(authorize(stack.services, someone, 'run:logs', { workflowId: 'W' })).rejects.toThrow();
});
