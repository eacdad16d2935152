import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../shared/api/version.ts';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { fixture, poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { runRequest, wes, wesClient } from './wes-requests.ts';

const HW = { workflow_url: 'flowserv:HW' };

describe('GA4GH WES', () => {
  const stack = useStack({ check: 'consistency' });
  let alice: { id: string; token: string };
  let group = '';
  let greeted = '';

  const { ask, start } = wesClient(stack, () => alice.token);
  const ended = async (id: string): Promise<string> =>
    poll(async () => {
      const { state } = (await ask('GET', `/runs/${id}/status`)).json;
      return ['QUEUED', 'RUNNING'].includes(state) ? undefined : state;
    }, 'the run did not end');
  const uploads = async (): Promise<{ name: string; id: string }[]> =>
    (await stack.request('GET', `/uploads/${group}/files`, { token: alice.token })).json.files;

  beforeAll(async () => {
    alice = await stack.user('alice');
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await installTemplate(stack, oneStep(['echo broken >&2; exit 3']), {}, { id: 'FAIL' });
    group = await stack.group('HW', alice.token, 'Group');
    const params = { names: 'lists/names.txt', sleeptime: 0, greeting: 'Hi' };
    const tags = { project: 'Café 1', group };
    const { status, json } = await start(
      { ...HW, workflow_params: params, tags },
      { 'lists/names.txt': 'Ann\nBob\n' },
    );
    expect(status).toBe(200);
    greeted = json.run_id;
    expect(await ended(greeted)).toBe('COMPLETE');
  });

  it('describes the service to everyone', async () => {
    const { status, json } = await ask('GET', '/service-info', { token: undefined });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      type: { group: 'org.ga4gh', artifact: 'wes', version: '1.1.0' },
      supported_wes_versions: ['1.1.0'],
      workflow_type_versions: { FLOWSERV: { workflow_type_version: ['1.0'] } },
      workflow_engine_versions: { flowserv: { workflow_engine_version: [version] } },
    });
    expect(URL.canParse(json.auth_instructions_url)).toBe(true);
  });

  it('runs a workflow with an attachment, which becomes an upload of the group', async () => {
    const { json } = await ask('GET', `/runs/${greeted}`);
    const [upload] = (await uploads()).filter(({ name }) => name === 'lists_names.txt');
    expect(json).toMatchObject({
      run_id: greeted,
      state: 'COMPLETE',
      request: {
        workflow_url: 'flowserv:HW',
        workflow_type: 'FLOWSERV',
        workflow_type_version: '1.0',
        workflow_params: {
          names: { type: '$file', value: { fileId: upload?.id } },
          sleeptime: 0,
          greeting: 'Hi',
        },
        tags: { project: 'Café 1', group },
      },
      run_log: { name: 'HW', system_logs: [] },
    });
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
    expect(json.run_log.start_time).toMatch(time);
    expect(json.run_log.end_time).toMatch(time);
    const link = json.outputs['results/greetings.txt'];
    const file = await fetch(link, { headers: { authorization: `Bearer ${alice.token}` } });
    expect(await file.text()).toBe('Hi Ann!\nHi Bob!\n');
    expect(Object.keys(json.outputs)).toEqual(['results/greetings.txt', 'results/analytics.json']);
  });

  it('lists the steps of a run as tasks, page by page', async () => {
    const { json } = await ask('GET', `/runs/${greeted}/tasks`);
    expect(json).toEqual({
      task_logs: [
        {
          id: '0',
          name: 'helloworld',
          start_time: expect.stringMatching(/Z$/),
          end_time: expect.stringMatching(/Z$/),
          exit_code: 0,
          cmd: [
            expect.stringMatching(/^python code\/greet.py /),
            expect.stringMatching(/^python code\/analyse.py /),
          ],
          stdout: `${stack.url}/runs/${greeted}/logs/0/stdout`,
          stderr: `${stack.url}/runs/${greeted}/logs/0/stderr`,
          system_logs: [],
        },
      ],
      next_page_token: '',
    });
    const authorization = `Bearer ${alice.token}`;
    const output = await fetch(json.task_logs[0].stdout, { headers: { authorization } });
    expect([output.status, await output.text()]).toEqual([200, '']);
    expect((await fetch(json.task_logs[0].stdout)).status).toBe(403);
    const log = (await ask('GET', `/runs/${greeted}`)).json;
    expect(log.task_logs).toEqual(json.task_logs);
    expect(new URL(log.task_logs_url).pathname).toBe(`/ga4gh/wes/v1/runs/${greeted}/tasks`);
    expect((await ask('GET', `/runs/${greeted}/tasks/0`)).json).toEqual(json.task_logs[0]);
    for (const id of ['1', '00', 'x']) {
      const answer = await ask('GET', `/runs/${greeted}/tasks/${id}`);
      expect(answer).toMatchObject({ status: 404, json: { code: 'task.unknown' } });
    }
    const past = await ask('GET', `/runs/${greeted}/tasks?page_size=1&page_token=MQ`);
    expect(past.json).toEqual({ task_logs: [], next_page_token: '' });
    expect((await ask('GET', `/runs/${greeted}/tasks?page_token=!`)).status).toBe(400);
  });

  it('takes the id of an upload, and a form without attachments as Python sends it', async () => {
    const { json } = await stack.upload(group, alice.token, 'names.txt', 'Ann\n');
    const fields = {
      ...HW,
      workflow_type: 'FLOWSERV',
      workflow_type_version: '1.0',
      workflow_engine: 'flowserv',
      workflow_engine_version: version,
      workflow_engine_parameters: '{}',
      workflow_params: JSON.stringify({ names: json.id, sleeptime: 0 }),
    };
    // The user's only group in the workflow.
    const { status, json: answer } = await ask('POST', '/runs', { body: new URLSearchParams(fields) });
    expect([status, await ended(answer.run_id)]).toEqual([200, 'COMPLETE']);
    const { request } = (await ask('GET', `/runs/${answer.run_id}`)).json;
    expect(request.workflow_params.names.value).toEqual({ fileId: json.id });
    expect(request.tags).toEqual({ group });
  });

  it('shows an exit code as EXECUTOR_ERROR, and the messages of the run', async () => {
    await stack.group('FAIL', alice.token, 'Group');
    const { run_id: id } = (await start({ workflow_url: 'flowserv:FAIL' })).json;
    expect(await ended(id)).toBe('EXECUTOR_ERROR');
    const { run_log, task_logs, outputs } = (await ask('GET', `/runs/${id}`)).json;
    expect(run_log.system_logs.join()).toContain('broken');
    expect(task_logs).toMatchObject([{ id: '0', name: 'only', exit_code: 3 }]);
    expect(outputs).toEqual({});
  });

  it('shows a failure without an exit code as SYSTEM_ERROR, also in the list', async () => {
    const command = `mkdir d; printf 1 > "$$(printf 'd/r\\351s.csv')"`;
    await installTemplate(stack, oneStep([command], '', ['d/']), {}, { id: 'NAME' });
    await stack.group('NAME', alice.token, 'Group');
    const { run_id: id } = (await start({ workflow_url: 'flowserv:NAME' })).json;
    await ended(id);
    const { state, task_logs, run_log } = (await ask('GET', `/runs/${id}`)).json;
    expect(state).toBe('SYSTEM_ERROR');
    expect(run_log.system_logs.join()).toContain('not UTF-8');
    expect(task_logs).toMatchObject([{ system_logs: [expect.stringContaining('not UTF-8')] }]);
    expect(task_logs[0]).not.toHaveProperty('exit_code');
    const { runs } = (await ask('GET', '/runs')).json;
    expect(runs).toContainEqual(expect.objectContaining({ run_id: id, state: 'SYSTEM_ERROR' }));
  });

  it('cancels a run, also again, but not one that ended otherwise', async () => {
    const params = { names: 'n.txt', sleeptime: 60 };
    const { run_id: id } = (await start({ ...HW, workflow_params: params }, { 'n.txt': 'Ann\n' })).json;
    for (let time = 1; time <= 2; time += 1) {
      expect(await ask('POST', `/runs/${id}/cancel`)).toMatchObject({ status: 200, json: { run_id: id } });
    }
    expect(await ended(id)).toBe('CANCELED');
    const answer = await ask('POST', `/runs/${greeted}/cancel`);
    expect(answer).toMatchObject({ status: 400, json: { status_code: 400, code: 'run.not-active' } });
  });

  it('starts a run once for all requests with an Idempotency-Key', async () => {
    const fields = { ...HW, workflow_params: { names: 'once.txt', sleeptime: 0 } };
    const others = Object.fromEntries(Array.from({ length: 19 }, (_, index) => [`other ${index}`, 'x']));
    const once = (content: string) =>
      start(fields, { ...others, 'once.txt': content }, { headers: { 'idempotency-key': 'wes-1' } });
    const first = await once('Ann\n');
    expect((await once('Ann\n')).json).toEqual(first.json);
    expect((await uploads()).filter(({ name }) => name === 'once.txt')).toHaveLength(1);
    expect((await once('Bob\n')).status).toBe(422);
    await ended(first.json.run_id);
  });

  it("lists the runs of the caller's groups page by page, each once", async () => {
    const carol = await stack.user('carol');
    const options = { token: carol.token };
    const started: string[] = [];
    for (let number = 1; number <= 23; number += 1) {
      const own = await stack.group('FAIL', carol.token, `Carol ${number}`);
      for (let time = 1; time <= (number % 9 === 0 ? 3 : 0); time += 1) {
        const fields = { workflow_url: 'flowserv:FAIL', tags: { group: own, time: String(time) } };
        started.push((await start(fields, {}, options)).json.run_id);
      }
    }
    for (const size of [1, 2, 3, 100, 1_000_000]) {
      const listed: { run_id: string; tags: object }[] = [];
      let token = '';
      do {
        const { json } = await ask('GET', `/runs?page_size=${size}&page_token=${token}`, options);
        expect(json.runs.length).toBeLessThanOrEqual(size);
        listed.push(...json.runs);
        token = json.next_page_token;
      } while (token !== '');
      expect(listed.map(({ run_id }) => run_id).toSorted()).toEqual(started.toSorted());
      expect(listed[0]?.tags).toMatchObject({ time: '3' });
    }
    for (const query of ['page_size=0', 'page_size=x', 'page_size=1.5', 'page_token=x', 'page_token=..%2F']) {
      expect((await ask('GET', `/runs?${query}`, options)).status, query).toBe(400);
    }
    // A token of another user names groups, but gives no access to them.
    const theirs = await ask('GET', `/runs?page_token=.${group}.`, options);
    expect(theirs.json.runs.length).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(theirs.json)).not.toContain(greeted);
    await Promise.all(started.map((id) => stack.ended(id, carol.token)));
  });
});

describe('GA4GH WES with open authentication', () => {
  const stack = useStack({ env: { FLOWSERV_AUTH: 'open' } });

  it('starts and lists runs of clients that send no header', async () => {
    await stack.install(fixture('hello-world'), { id: 'HW' });
    await stack.group('HW', '', 'Group');
    const fields = { ...HW, workflow_params: { names: 'n', sleeptime: 0 } };
    const { json } = await wes(stack, 'POST', '/runs', { body: runRequest(fields, { n: 'Ann\n' }) });
    await stack.ended(json.run_id, '');
    const { runs } = (await wes(stack, 'GET', '/runs')).json;
    expect(runs).toMatchObject([{ run_id: json.run_id, state: 'COMPLETE' }]);
  });
});
