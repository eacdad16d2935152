import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack({ env: { FLOWSERV_READ_ACCESS: 'public' } });
let alice: { id: string; token: string };
let group: string;

/** Downloads need no token here, as in the original. */
beforeAll(async () => {
  alice = await stack.user('alice');
  await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
  group = await stack.group('HWP', alice.token, 'Alice');
});

const get = (path: string, options: { token?: string; headers?: Record<string, string> } = {}) =>
  stack.request('GET', path, options);

describe('downloads of results', () => {
  type Handle = Awaited<ReturnType<typeof success>>;
  const success = async (id: string, names: string) => {
    const run = await stack.ended((await stack.greet(id, alice.token, names)).id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    return run;
  };
  const fileOf = (handle: Handle, name: string): string =>
    handle.files.find((file: { name: string }) => file.name === name).id;
  let run: Handle;

  beforeAll(async () => {
    expect((await get('/workflows/HWP/downloads/archive')).status).toBe(404);
    run = await success(group, 'Ann\n');
  });

  it('E13: serve a file of a run under its path', async () => {
    const path = `/runs/${run.id}/downloads/files/${fileOf(run, 'results/greetings.txt')}`;
    const response = await get(path, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.status).toBe(200);
    expect(response.text).toContain('Hello Ann');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="results/greetings.txt"');
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it('E14, E18: serve the archive of a run without a token if reading is public', async () => {
    const response = await get(`/runs/${run.id}/downloads/archive`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/gzip');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename=run.tar.gz');
    expect(response.headers.get('content-encoding')).toBeNull();
    const members = execFileSync('tar', ['tzf', '-'], { input: response.bytes })
      .toString()
      .trim()
      .split('\n');
    expect(members.sort()).toEqual(['results/analytics.json', 'results/greetings.txt']);
  });

  it('E15: return 404 for unfinished runs and other runs', async () => {
    const failed = await stack.ended((await stack.greet(group, alice.token, '')).id, alice.token);
    expect(failed.state).toBe('ERROR');
    const archive = await get(`/runs/${failed.id}/downloads/archive`);
    expect([archive.status, archive.json.message]).toEqual([404, `unknown run '${failed.id}'`]);
    const fileId = fileOf(run, 'results/greetings.txt');
    const other = await success(group, 'Bob\n');
    for (const id of [failed.id, other.id]) {
      const response = await get(`/runs/${id}/downloads/files/${fileId}`);
      expect([response.status, response.json.message]).toEqual([404, `unknown file '${fileId}'`]);
    }
    for (const path of ['archive', `files/${fileId}`]) {
      expect((await get(`/runs/unknown/downloads/${path}`)).json.message).toBe("unknown run 'unknown'");
    }
  });

  it('E16, E17: serve post-processing results to every caller, under their own workflow', async () => {
    const postproc = await stack.postproc('HWP', ({ state }) => state === 'SUCCESS');
    const fileId = fileOf(postproc, 'results/compare.json');
    const file = await get(`/workflows/HWP/downloads/files/${fileId}`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-disposition')).toContain('results/compare.json');
    const archive = await get('/workflows/HWP/downloads/archive', { headers: { 'accept-encoding': 'gzip' } });
    expect(archive.status).toBe(200);
    expect(archive.headers.get('content-type')).toBe('application/gzip');
    expect(archive.headers.get('content-disposition')).toBe('attachment; filename=results.tar.gz');
    expect(archive.headers.get('content-encoding')).toBeNull();
    await stack.install(fixture('hello-world'), { id: 'HW' });
    for (const path of [
      'HWP/downloads/files/unknown',
      `HW/downloads/files/${fileId}`,
      'HW/downloads/archive',
    ]) {
      expect((await get(`/workflows/${path}`)).status, path).toBe(404);
    }
  });

  it('return 404 after the run is deleted', async () => {
    const gone = await success(group, 'Eve\n');
    const paths = ['archive', `files/${fileOf(gone, 'results/greetings.txt')}`];
    await stack.request('DELETE', `/runs/${gone.id}`, { token: alice.token });
    for (const path of paths) expect((await get(`/runs/${gone.id}/downloads/${path}`)).status).toBe(404);
  });
});
