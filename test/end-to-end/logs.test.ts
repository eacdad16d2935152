import { beforeAll, describe, expect, it } from 'vitest';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { installTemplate, start } from './install-template.ts';
import { startedRun, stopped } from './played-run.ts';
import { poll, type Reply } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** What participants read of the output of steps, while they run and afterwards. */
const stack = useStack({ check: 'consistency' });
let alice: { id: string; token: string };
let bob: { id: string; token: string };
let group: string;

/** The command prints, waits as long as its input exists, then ends with the exit code. */
const TEMPLATE = `parameters:
  - {name: text, dtype: string, defaultValue: x}
  - {name: code, dtype: int, defaultValue: 0}
  - {name: seconds, dtype: string, defaultValue: '0'}
workflow:
  steps:
    - {name: first, action: {environment: 'python:3.9', commands: ['echo one; echo two >&2', 'echo three']}}
    - name: second
      action:
        environment: 'python:3.9'
        commands: ['printf %b $[[text]]; pwd; sleep $[[seconds]]; echo last; exit $[[code]]']
`;

/** The run tree: a process has a folder of the host, which is not shown; a sandbox has its own. */
const FOLDER = /^slow\ufffd(\.|\/flowserv\/work)\n$/;

beforeAll(async () => {
  [alice, bob] = await Promise.all([stack.user('alice'), stack.user('bob')]);
  group = await stack.group(await installTemplate(stack, TEMPLATE, {}, { id: 'LOGS' }), alice.token, 'Team');
});

const get = (path: string, token = alice.token) => stack.request('GET', path, { token });
const logs = async (id: string, query = '') => (await get(`/runs/${id}/logs${query}`)).json;
const begin = async (values: Readonly<Record<string, unknown>>) =>
  (await start(stack, group, alice.token, values)).json.id;
const ended = async (values: Readonly<Record<string, unknown>>) =>
  (await stack.ended(await begin(values), alice.token)).id;

/** All pages of a stream. */
async function pages(id: string, step: number, stream: string): Promise<string> {
  const texts: string[] = [];
  for (let after = 0; ; ) {
    const { steps } = await logs(id, `?step=${step}&stream=${stream}&after=${after}`);
    const page = steps[0][stream];
    texts.push(page.text);
    if (page.complete) return texts.join('');
    after = page.next;
  }
}

describe('the log of a running step', () => {
  it('has what the step printed so far, and goes on to the whole output', async () => {
    const id = await begin({ text: 'slow\\303', seconds: '6' });
    const live = await poll(async () => {
      const { steps } = await logs(id);
      return steps[1].stdout ? steps : undefined;
    }, 'no output was shown while the step ran');
    expect(live[0]).toMatchObject({
      name: 'first',
      exitCode: 0,
      stdout: { text: 'one\nthree\n', complete: true },
    });
    expect(live[0].stderr).toEqual({ text: 'two\n', start: 0, next: 4, size: 4, complete: true });
    expect(live[1]).toMatchObject({ index: 1, name: 'second', state: 'running', attempt: 1 });
    const { stdout } = live[1];
    expect(stdout).toMatchObject({ text: expect.stringMatching(FOLDER), complete: false });
    expect(stdout.next).toBe(stdout.size);
    await stack.ended(id, alice.token);
    const { steps } = await logs(id, `?step=1&stream=stdout&after=${stdout.next}`);
    expect(steps).toMatchObject([{ state: 'success', stdout: { text: 'last\n', complete: true } }]);
    expect(steps[0].stderr).toBeUndefined();
  });

  it('is uploaded more often while a user reads it', async () => {
    const { id, ticket } = await startedRun(stack, group);
    const watched = async () => {
      const response = await fetch(`${stack.services.config.brokerUrl}/uploads`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ticket}`, 'content-type': 'application/json' },
        body: '{"files": []}',
      });
      return ((await response.json()) as { watched: boolean }).watched;
    };
    expect(await watched()).toBe(false);
    expect((await get(`/runs/${id}/logs`, bob.token)).status).toBe(403);
    expect(await watched()).toBe(false);
    await logs(id);
    expect(await watched()).toBe(true);
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
  });
});

describe('the log of an ended step', () => {
  it.each([0, 3])('is its whole output, with exit code %d', async (code) => {
    const id = await ended({ text: '\\3511x\\nz\\r', code });
    expect(await pages(id, 1, 'stdout')).toMatch(/^\ufffd1x\nz\r(\.|\/flowserv\/work)\nlast\n$/);
    const overview = await logs(id);
    expect(overview.state).toBe(code === 0 ? 'SUCCESS' : 'ERROR');
    expect(overview.steps[1]).toMatchObject({ state: code === 0 ? 'success' : 'failed', exitCode: code });
    const file = await get(`/runs/${id}/logs/1/stdout`);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const bytes = file.bytes.toString('latin1');
    expect(bytes).toMatch(/^\xe91x\nz\r(\.|\/flowserv\/work)\nlast\n$/);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename=second.stdout.txt');
  });

  it('is kept when the run is canceled', async () => {
    const id = await begin({ text: 'begun', seconds: '60' });
    await poll(async () => ((await logs(id)).steps[1].attempt ? true : undefined), 'the step did not begin');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await stack.request('PUT', `/runs/${id}`, { token: alice.token });
    const step = await poll(async () => {
      const { steps } = await logs(id);
      return steps[1].stdout?.complete ? steps[1] : undefined;
    }, 'the canceled step has no log');
    expect(step).toMatchObject({ state: 'stopped', stdout: { text: expect.stringMatching(/^begun/) } });
  });

  it('is bounded for a flood of output without line ends, which pages and the file leave out in the middle', async () => {
    const template = `workflow:
  steps:
    - name: flood
      action: {environment: 'python:3.9', commands: ['printf begin; head -c 60000000 /dev/zero | tr "\\\\0" x; printf end']}
`;
    const team = await stack.group(await installTemplate(stack, template), alice.token, 'Flood');
    const { id } = await stack.ended((await start(stack, team, alice.token)).json.id, alice.token);
    const { steps } = await logs(id);
    expect(steps[0].stdout).toMatchObject({ size: 60_000_008, next: 60_000_008, complete: true });
    expect(steps[0].stdout.text).toBe(`${'x'.repeat(4093)}end`);
    const first = (await logs(id, '?step=0&stream=stdout')).steps[0].stdout;
    expect([first.start, first.next, first.text.slice(0, 6)]).toEqual([0, 65_536, 'beginx']);
    const beyond = (await logs(id, '?step=0&stream=stdout&after=30000000')).steps[0].stdout;
    expect(beyond.start).toBeGreaterThan(51_000_000);
    const file = await get(`/runs/${id}/logs/0/stdout`);
    expect(file.bytes.length).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(file.text).toMatch(/^beginx+\n\[… bytes left out …\]\nx+end$/);
  });
});

describe('requests for logs', () => {
  let id: string;
  beforeAll(async () => {
    id = await ended({ text: 'x' });
  });

  it.each([
    ['?step=x', 400],
    ['?step=-1', 400],
    ['?step=1&after=1.5', 400],
    ['?step=1&after=1e300', 400],
    ['?step=1&stream=status', 400],
    ['?step=2', 404],
    ['/2/stdout', 404],
    ['/01/stdout', 404],
    ['/1/status', 404],
    ['/1/live', 404],
  ])('%s get %d', async (path, status) => {
    expect((await get(`/runs/${id}/logs${path}`)).status).toBe(status);
  });

  it('of others, and of members who left, are rejected', async () => {
    const team = await stack.group('LOGS', alice.token, 'Shared');
    const members = (ids: string[]) =>
      stack.request('PUT', `/groups/${team}`, { token: alice.token, body: { members: ids } });
    await members([alice.id, bob.id]);
    const run = (await start(stack, team, alice.token, { text: 'x' })).json.id;
    await stack.ended(run, alice.token);
    const statuses = async () =>
      Promise.all(
        [`/runs/${run}/logs`, `/runs/${run}/logs/1/stdout`].map(
          async (path) => (await get(path, bob.token)).status,
        ),
      );
    expect(await statuses()).toEqual([200, 200]);
    await members([alice.id]);
    expect(await statuses()).toEqual([403, 403]);
  });

  it('of a run that waits list its steps', async () => {
    const { id: runId } = await startedRun(stack, group);
    await nextStep(stack.services, { runId, outcome: stopped(-1) });
    const { steps } = await logs(runId);
    const reason = "the step's task stopped early: Essential container in task exited";
    expect(steps).toEqual([
      expect.objectContaining({ index: 0, name: 'first', state: 'waiting', attempt: 1, reason }),
      { index: 1, name: 'second', state: 'pending' },
    ] satisfies Reply['json']);
    await stack.request('PUT', `/runs/${runId}`, { token: alice.token });
  });
});
