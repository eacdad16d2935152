import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLeaderboardState } from '../../shared/workflows/leaderboard-state.ts';
import { fixture, poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Inputs of the ranked runs: names of growing number and length. */
const names = ['Al', 'Al\nBert', 'Al\nBert\nCharly', 'Al\nBert\nCharly\nDagmara'];

const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
const folders: string[] = [];

beforeAll(async () => {
  alice = await stack.user('alice');
});
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Creates a copy of the fixture with a changed template. */
function changed(change: (template: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-source-'));
  folders.push(folder);
  cpSync(fixture('hello-world-postproc'), folder, { recursive: true });
  const template = join(folder, 'template.yaml');
  writeFileSync(template, change(readFileSync(template, 'utf8')));
  return folder;
}

async function success(group: string, text: string) {
  const { id } = await stack.greet(group, alice.token, text);
  const run = await stack.ended(id, alice.token);
  expect(run).toMatchObject({ state: 'SUCCESS' });
  return run;
}

async function comparison(workflow: string, handle: { files: { id: string; name: string }[] }) {
  const file = handle.files.find(({ name }) => name === 'results/compare.json');
  const download = await stack.request('GET', `/workflows/${workflow}/downloads/files/${file?.id}`);
  return { download, rows: download.json as { run: string; name: string }[] };
}

const ended = ({ state }: { state: string }) => ['SUCCESS', 'ERROR'].includes(state);

describe('post-processing', () => {
  it('L1, L6: runs after each change of the set of ranked runs', async () => {
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'L1' });
    expect((await stack.request('GET', `/workflows/${workflow}`)).json.postproc).toBeUndefined();
    let previous = '';
    for (const [index, text] of names.entries()) {
      const group = await stack.group(workflow, alice.token, `Group ${index + 1}`);
      await success(group, text);
      const postproc = await stack.postproc(workflow, (handle) => handle.id !== previous && ended(handle));
      expect(postproc.state).toBe('SUCCESS');
      expect((await comparison(workflow, postproc)).rows).toHaveLength(index + 1);
      previous = postproc.id;
    }
  });

  it('L2, L8: gets the best run of each group, in the order of the ranking', async () => {
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'L2' });
    const first = await stack.group(workflow, alice.token, 'First');
    const second = await stack.group(workflow, alice.token, 'Second');
    await success(first, names[0] ?? '');
    const better = await success(first, 'Bartholomew');
    const third = await success(second, 'Bo');
    const leaderboard = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
    const ranked = leaderboard.json.ranking.map(({ run }: { run: { id: string } }) => run.id);
    expect(ranked).toEqual([better.id, third.id]);
    await poll(async () => {
      const postproc = await stack.postproc(workflow, ended);
      const { download, rows } = await comparison(workflow, postproc);
      // The next post-processing run may already be active, without files.
      if (download.status !== 200) return undefined;
      return JSON.stringify(rows.map(({ run }) => run)) === JSON.stringify(ranked) ? rows : undefined;
    }, 'the comparison does not list the ranked runs');
  });

  it('L11, L12: is a run of the workflow that users cannot change', async () => {
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'L11' });
    await success(await stack.group(workflow, alice.token, 'Group'), 'Ann');
    const postproc = await stack.postproc(workflow, ended);
    expect(postproc.arguments).toEqual([{ name: 'runs', value: 'runs/' }]);
    expect(postproc.groupId).toBeUndefined();
    expect(postproc.parameters).toBeUndefined();
    expect(postproc.files[0]).toMatchObject({
      title: 'Comparison of all ranked runs',
      format: { type: 'json' },
    });
    for (const method of ['DELETE', 'PUT']) {
      const rejected = await stack.request(method, `/runs/${postproc.id}`, { token: alice.token });
      expect(rejected.status).toBe(403);
    }
    expect((await stack.request('GET', `/workflows/${workflow}`)).status).toBe(200);
    const leaderboard = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
    expect(leaderboard.json.postproc.id).toBe(postproc.id);
  });

  it('E16, L10: provides its files and their archive publicly', async () => {
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'E16' });
    await success(await stack.group(workflow, alice.token, 'Group'), 'Ann');
    const { download } = await comparison(workflow, await stack.postproc(workflow, ended));
    expect(download.status).toBe(200);
    expect(download.headers.get('content-disposition')).toContain('results/compare.json');
    const archive = await stack.request('GET', `/workflows/${workflow}/downloads/archive`);
    expect(archive.status).toBe(200);
    expect(archive.headers.get('content-disposition')).toBe('attachment; filename=results.tar.gz');
    const members = execFileSync('tar', ['tzf', '-'], { input: archive.bytes }).toString().trim();
    expect(members).toBe('results/compare.json');
  });

  it('E17: has nothing to download before the first ranked run', async () => {
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'E17' });
    const archive = await stack.request('GET', `/workflows/${workflow}/downloads/archive`);
    expect(archive.status).toBe(404);
    expect(archive.json.message).toBe("unknown file 'no post-processing workflow'");
    expect((await stack.request('GET', `/workflows/${workflow}/downloads/files/x`)).status).toBe(404);
  });

  it('L3: ends as ERROR when a ranked run lacks a required file', async () => {
    const folder = changed((template) =>
      template.replace(
        '    files:\n      - results/analytics.json',
        '    files:\n      - results/missing.json',
      ),
    );
    const workflow = await stack.install(folder, { id: 'L3', owner: { id: alice.id, name: 'alice' } });
    const run = await success(await stack.group(workflow, alice.token, 'Group'), 'Ann');
    const postproc = await stack.postproc(workflow, ended, alice.token);
    expect(postproc.state).toBe('ERROR');
    expect(postproc.messages).toEqual([`run ${run.id} of group 'Group' has no file 'results/missing.json'`]);
    expect(postproc.arguments).toEqual([]);
  });

  it('L4: ends as ERROR when its steps are invalid', async () => {
    const folder = changed((template) =>
      template.replace(
        / {8}action:\n {10}environment: python:3\.7\n {10}commands:\n {12}- \$\{python\} code\/compare.*\n/,
        '',
      ),
    );
    const workflow = await stack.install(folder, { id: 'L4', owner: { id: alice.id, name: 'alice' } });
    await success(await stack.group(workflow, alice.token, 'Group'), 'Ann');
    const postproc = await stack.postproc(workflow, ended, alice.token);
    expect(postproc.state).toBe('ERROR');
    expect(postproc.messages.join()).toContain("missing element 'action'");
  });

  it('L5, L7: does not run when it is ignored, or when the set of ranked runs does not change', async () => {
    const silent = await stack.install(fixture('hello-world-postproc'), { id: 'L5', ignorePostproc: true });
    const workflow = await stack.install(fixture('hello-world-postproc'), { id: 'L7' });
    await success(await stack.group(silent, alice.token, 'Group'), 'Ann');
    const group = await stack.group(workflow, alice.token, 'Group');
    await success(group, 'Bartholomew');
    const first = await stack.postproc(workflow, ended);
    await success(group, 'Al');
    // When the leaderboard lists both runs, the comparison is done, and no other post-processing run follows.
    await poll(async () => {
      const leaderboard = await readLeaderboardState(stack.services, workflow);
      return leaderboard.trigger === 2 && leaderboard.processed === 2 ? true : undefined;
    }, 'the second run has not been looked at');
    expect((await stack.request('GET', `/workflows/${workflow}`)).json.postproc.id).toBe(first.id);
    expect((await stack.request('GET', `/workflows/${silent}`)).json.postproc).toBeUndefined();
  });
});
