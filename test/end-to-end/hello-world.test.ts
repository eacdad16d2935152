import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { fixture } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** The hello-world benchmark from registration to post-processing, using only the API. */
describe('the hello-world benchmark', () => {
  const stack = useStack({ check: 'consistency' });
  let alice: { id: string; token: string };
  let workflow: string;
  let group: string;

  beforeAll(async () => {
    alice = await stack.user('alice');
    workflow = await stack.install(fixture('hello-world'), { id: 'HW' });
    group = await stack.group(workflow, alice.token, 'Alice and friends');
  });

  const argument = (name: string, value: unknown) => ({ name, value });

  it('J1, J3: succeeds and keeps the declared outputs', async () => {
    const more = [argument('sleeptime', 0), argument('greeting', 'Hi')];
    const started = await stack.greet(group, alice.token, 'Alice\nBob\n', more);
    expect(['PENDING', 'RUNNING']).toContain(started.state);
    expect(started.arguments.map(({ name }: { name: string }) => name)).toEqual([
      'names',
      'sleeptime',
      'greeting',
    ]);
    expect(started.arguments[0].value.type).toBe('$file');
    expect(started.parameters).toHaveLength(3);
    expect(started.workflowId).toBe(workflow);
    expect(started.groupId).toBe(group);

    const run = await stack.ended(started.id, alice.token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    expect(run.messages).toBeUndefined();
    expect(run.files.map(({ name }: { name: string }) => name).sort()).toEqual([
      'results/analytics.json',
      'results/greetings.txt',
    ]);
    const greetings = run.files.find(({ name }: { name: string }) => name === 'results/greetings.txt');
    const file = await stack.request('GET', `/runs/${run.id}/downloads/files/${greetings.id}`);
    expect(file.status).toBe(200);
    expect(file.text).toContain('Hi Alice');
    expect(file.text).toContain('Hi Bob');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="results/greetings.txt"');
    expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('E14: provides an archive of the kept files to members', async () => {
    const started = await stack.greet(group, alice.token, 'Ann\n', [argument('sleeptime', 0)]);
    const run = await stack.ended(started.id, alice.token);
    const anonymous = await stack.request('GET', `/runs/${run.id}/downloads/archive`);
    expect(anonymous.status).toBe(403);
    const archive = await stack.request('GET', `/runs/${run.id}/downloads/archive`, { token: alice.token });
    expect(archive.status).toBe(200);
    expect(archive.headers.get('content-type')).toBe('application/gzip');
    expect(archive.headers.get('content-disposition')).toBe('attachment; filename=run.tar.gz');
    expect(archive.headers.get('content-encoding')).toBeNull();
    const members = execFileSync('tar', ['tzf', '-'], { input: archive.bytes }).toString().trim().split('\n');
    expect(members.sort()).toEqual(['results/analytics.json', 'results/greetings.txt']);
  });

  it('J2: uses the target path of the upload', async () => {
    const file = await stack.upload(group, alice.token, 'names.txt', 'Ada\n');
    const value = { type: '$file', value: { fileId: file.json.id, targetPath: 'somenames.txt' } };
    const body = { arguments: [argument('names', value), argument('sleeptime', 0)] };
    const started = await stack.request('POST', `/groups/${group}/runs`, { token: alice.token, body });
    expect(started.status).toBe(201);
    expect(await stack.ended(started.json.id, alice.token)).toMatchObject({ state: 'SUCCESS' });
  });

  it('ranks finished runs on a public leaderboard', async () => {
    const leaderboard = await stack.request('GET', `/workflows/${workflow}/leaderboard`);
    expect(leaderboard.status).toBe(200);
    expect(leaderboard.json.schema.map(({ name }: { name: string }) => name)).toEqual([
      'avg_count',
      'max_len',
      'max_line',
    ]);
    expect(leaderboard.json.ranking).toHaveLength(1);
    expect(leaderboard.json.ranking[0].group).toEqual({ id: group, name: 'Alice and friends' });
    expect(leaderboard.json.ranking[0].results).toHaveLength(3);
    const all = await stack.request('GET', `/workflows/${workflow}/leaderboard?includeAll`);
    expect(all.json.ranking).toHaveLength(3);
  });

  it('J12: a command that fails ends the run as ERROR with its messages', async () => {
    const started = await stack.greet(group, alice.token, '', [argument('sleeptime', 0)]);
    const run = await stack.ended(started.id, alice.token);
    expect(run.state).toBe('ERROR');
    expect(run.messages.join('\n')).toMatch(/\S/);
    expect(run.messages.join('\n')).not.toContain(stack.dataDir);
    expect(run.startedAt).toBeDefined();
    expect(run.finishedAt).toBeDefined();
    expect(run.files).toBeUndefined();
  });

  it('J14, J15: cancels an active run and stores the reason', async () => {
    const started = await stack.greet(group, alice.token, 'Zoe\n', [argument('sleeptime', 60)]);
    const reason = 'wrong file';
    const canceled = await stack.request('PUT', `/runs/${started.id}`, {
      token: alice.token,
      body: { reason },
    });
    expect(canceled.status).toBe(200);
    expect(canceled.json).toMatchObject({ state: 'CANCELED', messages: [reason] });
    const again = await stack.request('PUT', `/runs/${started.id}`, { token: alice.token });
    expect(again.status).toBe(400);
    expect(again.json.message).toBe('invalid operation for run in state CANCELED');
    expect((await stack.ended(started.id, alice.token)).messages).toEqual([reason]);
  });

  it('J19, J20, J21: lists runs by state and deletes an ended run', async () => {
    await stack.published('HW');
    const runs = await stack.request('GET', `/groups/${group}/runs`, { token: alice.token });
    for (const filter of ['?state=None', '?state=', '?state={state}', '?state=%7Bstate%7D']) {
      const same = await stack.request('GET', `/groups/${group}/runs${filter}`, { token: alice.token });
      expect(same.json).toEqual(runs.json);
    }
    const failed = await stack.request('GET', `/groups/${group}/runs?state=ERROR`, { token: alice.token });
    expect(failed.json.runs).toHaveLength(1);
    const [run] = failed.json.runs;
    const first = await stack.request('DELETE', `/runs/${run.id}`, { token: alice.token, body: {} });
    expect(first.status).toBe(204);
    expect(first.bytes).toHaveLength(0);
    expect((await stack.request('DELETE', `/runs/${run.id}`, { token: alice.token })).status).toBe(404);
  });
});
