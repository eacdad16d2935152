import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { purge } from '../../shared/maintenance/purge.ts';
import { giveRole } from '../../shared/members/members.ts';
import { addWebhook } from '../../shared/notifications/webhooks.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { cliWith } from '../bin/run-cli.ts';
import { isSigned, type Received, respond, useReceiver } from '../notifications/receiver.ts';
import { storeEvent } from '../notifications/store-event.ts';
import { installTemplate, oneStep, SCORES, start } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { withoutMessages } from './played-run.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** Post-processing wants a file that runs may leave out. */
const TEMPLATE = oneStep(
  [`echo '{"score": 1}' > result.json`, 'sleep $[[pause]]', 'test "$[[end]]" != failed'],
  `parameters:
  - {name: pause, dtype: int, defaultValue: 0}
  - {name: end, dtype: string, defaultValue: ranked}
${SCORES}postproc:
  inputs: {files: [extra.txt], runs: runs/}
  workflow:
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['true']}
`,
  ['result.json', 'extra.txt'],
);

const stack = useStack({ env: { FLOWSERV_WEBHOOKS: 'loopback' }, check: 'consistency' });
const receiver = useReceiver();
let organiser = '';
let participant = '';
let group = '';

beforeAll(async () => {
  [organiser, participant] = [(await stack.user('olga')).token, (await stack.user('paul')).token];
  await installTemplate(stack, TEMPLATE, {}, { id: 'W' });
  await giveRole(stack.services, 'operator', 'W', 'olga', 'organiser');
  group = await stack.group('W', participant, 'Team');
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.state.answer = respond(204);
});

const ask = (method: string, path: string, body?: object, token = organiser) =>
  stack.request(method, `/workflows/W/webhooks${path}`, { token, ...(body ? { body } : {}) });
const add = async (path: string, events: readonly string[] = ['run.ended', 'postproc.failed']) => {
  const { status, json } = await ask('POST', '', { url: `${receiver.url}${path}`, events });
  expect(status, json.message).toBe(201);
  return json;
};
const removeAll = async () => {
  for (const { id } of (await ask('GET', '')).json.webhooks) await ask('DELETE', `/${id}`);
};
const sentTo = (path: string) => receiver.received.filter((one) => one.path === path);
const arrived = (path: string) =>
  poll(async () => sentTo(path)[0], `nothing was sent to ${path}`) as Promise<Received>;
const deliveries = async (id: string) => (await ask('GET', `/${id}/deliveries`)).json.deliveries;
const settled = (runId: string) =>
  poll(
    async () => ((await stack.services.table.get(keys.run(runId)))?.settled ? true : undefined),
    `run ${runId} is not settled`,
  );

describe('a webhook of a workflow', () => {
  it('sends the end of each run, signed, with identifiers only', async () => {
    const { id, secret, ...shown } = await add('/ends');
    expect(secret).toMatch(/^whsec_/);
    expect(shown).toEqual({
      url: `${receiver.url}/ends`,
      events: ['run.ended', 'postproc.failed'],
      createdAt: expect.any(String),
    });
    const { json: run } = await start(stack, group, participant, { end: 'failed' });
    const message = await arrived('/ends');
    const { finishedAt } = await stack.ended(run.id, participant);
    expect(JSON.parse(message.body)).toEqual({
      type: 'run.ended',
      timestamp: finishedAt,
      data: {
        workflow: { id: 'W' },
        group: { id: group },
        run: { id: run.id, state: 'ERROR' },
        link: `${stack.url}/runs/${run.id}`,
      },
    });
    expect(isSigned(message, secret)).toBe(true);
    expect(isSigned({ ...message, body: `${message.body} ` }, secret)).toBe(false);
    const [delivery] = await poll(async () => {
      const list = await deliveries(id);
      return list[0]?.state === 'delivered' ? list : undefined;
    }, 'the delivery is not noted');
    expect(delivery).toEqual({
      id: message.headers['webhook-id'],
      type: 'run.ended',
      at: finishedAt,
      run: { id: run.id, state: 'ERROR' },
      state: 'delivered',
      attempts: 1,
      lastAttempt: { at: expect.any(String), status: 204 },
    });
    expect((await ask('GET', '')).text).not.toContain(secret);
    await settled(run.id);
    expect(sentTo('/ends')).toHaveLength(1);
    await removeAll();
  });

  it('sends that a run was canceled, and that post-processing could not begin', async () => {
    await add('/all');
    const only = await add('/failures', ['postproc.failed']);
    const { json: canceled } = await start(stack, group, participant, { pause: 600 });
    await stack.request('PUT', `/runs/${canceled.id}`, { token: participant, body: { reason: 'x' } });
    const { json: ranked } = await start(stack, group, participant);
    const failed = await arrived('/failures');
    expect(JSON.parse(failed.body)).toMatchObject({
      type: 'postproc.failed',
      data: { workflow: { id: 'W' }, run: { state: 'ERROR' } },
    });
    await Promise.all([settled(canceled.id), settled(ranked.id)]);
    const ends = await poll(
      async () => (sentTo('/all').length === 3 ? sentTo('/all') : undefined),
      'not all were sent',
    );
    const told = ends
      .map(({ body }) => JSON.parse(body))
      .map(({ type, data }) => [type, data.run.id, data.run.state]);
    expect(told.sort()).toEqual(
      [
        ['postproc.failed', expect.any(String), 'ERROR'],
        ['run.ended', canceled.id, 'CANCELED'],
        ['run.ended', ranked.id, 'SUCCESS'],
      ].sort(),
    );
    expect((await deliveries(only.id)).map(({ type }: { type: string }) => type)).toEqual([
      'postproc.failed',
    ]);
    await removeAll();
  });

  it('is created, changed, tested and removed by the command line', async () => {
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: organiser });
    const printed = async (args: string) => {
      const { code, stdout, stderr } = await flowserv(`workflows webhooks ${args}`);
      expect([code, stderr]).toEqual([0, '']);
      return stdout;
    };
    const added = await printed(`add -w W ${receiver.url}/cli -e postproc.failed`);
    const [, id, secret = ''] = /^webhook (\w+) is created\..*\n(whsec_\S+)\n$/.exec(added) ?? [];
    expect(await printed('list -w W')).toMatch(new RegExp(`\n${id} \\| postproc\\.failed \\| on +\\| http`));
    await printed(`test -w W ${id}`);
    const message = await arrived('/cli');
    expect(isSigned(message, secret)).toBe(true);
    expect(JSON.parse(message.body)).toMatchObject({ type: 'webhook.test', data: { workflow: { id: 'W' } } });
    await poll(
      async () =>
        /webhook\.test .*\| delivered \|/.test(await printed(`deliveries -w W ${id}`)) ? true : undefined,
      'the test is not listed',
    );
    expect(await printed(`change -w W ${id}`)).toBe(
      `webhook ${id} sends run.ended, postproc.failed, announcement.created.\n`,
    );
    await printed(`remove -w W ${id}`);
    expect((await ask('GET', '')).json).toEqual({ webhooks: [] });
  });

  it('is one of at most five, also for concurrent requests', async () => {
    const body = { url: `${receiver.url}/x`, events: ['run.ended'] };
    const replies = await Promise.all(Array.from({ length: 12 }, () => ask('POST', '', body)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(new Set(replies.flatMap(({ json }) => json.code ?? []))).toEqual(new Set(['webhook.limit']));
    await removeAll();
  });

  it('has an address whose path no audit list and no participant sees', async () => {
    const { id } = await add('/token-of-the-receiver', ['run.ended']);
    await ask('PUT', `/${id}`, { events: ['postproc.failed'] });
    await ask('DELETE', `/${id}`);
    const { json, text } = await stack.request('GET', '/workflows/W/audit', { token: organiser });
    expect(text).not.toContain('token-of-the-receiver');
    expect(
      json.entries.slice(0, 3).map(({ action, detail }: Record<string, string>) => [action, detail]),
    ).toEqual([
      ['webhook.remove', `${receiver.url} (postproc.failed)`],
      ['webhook.change', `${receiver.url} (postproc.failed)`],
      ['webhook.create', `${receiver.url} (run.ended)`],
    ]);
    expect((await ask('GET', '', undefined, participant)).status).toBe(403);
    for (const [method, body] of [
      ['PUT', { events: ['run.ended'] }],
      ['DELETE', undefined],
    ] as const) {
      expect((await ask(method, `/${id}`, body)).json.code).toBe('webhook.unknown');
    }
    expect((await ask('POST', `/${id}/test`)).status).toBe(404);
    expect((await ask('GET', `/${id}/deliveries`)).status).toBe(404);
  });

  it('has an address on the internet', async () => {
    const refused = [
      ...[
        '',
        'x',
        'example.org',
        '//example.org',
        'ftp://example.org',
        'http://example.org',
        'file:///etc/passwd',
      ],
      ...[
        'https://a:b@example.org',
        'https://a@example.org',
        'https://example.org:22',
        `https://a.b/${'x'.repeat(2000)}`,
      ],
      // Where only the own computer is allowed besides the internet.
      ...['http://10.0.0.1', 'http://169.254.169.254/latest/meta-data', 'http://127.0.0.1.example.org'],
    ];
    for (const url of refused) {
      expect((await ask('POST', '', { url, events: ['run.ended'] })).json.code, url).toBe('webhook.url');
    }
    const onAws = { ...stack.services, config: { ...stack.services.config, webhooks: 'public' as const } };
    for (const url of [receiver.url, receiver.url.replace('http:', 'https:'), 'http://localhost/']) {
      const input = { url, events: ['run.ended'] as const };
      await expect(addWebhook(onAws, 'operator', 'W', input)).rejects.toMatchObject({ code: 'webhook.url' });
    }
    expect((await ask('POST', '', { url: 'https://example.org', events: [] })).status).toBe(400);
    expect((await ask('POST', '', { url: 'https://example.org', events: ['x'] })).status).toBe(400);
  });

  it('is removed with its workflow, and its secret too', async () => {
    await installTemplate(stack, oneStep(['true']), {}, { id: 'GONE' });
    const input = { url: `${receiver.url}/gone`, events: ['run.ended'] as const };
    const { webhook } = await addWebhook(stack.services, 'operator', 'GONE', input);
    const ended = { workflowId: 'GONE', groupId: 'g', subject: 'r', at: '2030' };
    await storeEvent(withoutMessages(stack.services), {
      ...ended,
      type: 'run.ended',
      run: { id: 'r', state: 'SUCCESS' },
    });
    const { table } = stack.services;
    expect(await table.get(keys.webhookSecret(webhook.id))).toBeDefined();
    await removeWorkflow(withoutMessages(stack.services), 'GONE');
    const key = keys.workflow('GONE');
    await purge(servicesOf(stack, 'sweep'), { kind: 'workflow', id: 'GONE', key });
    await poll(async () => ((await table.get(key)) ? undefined : true), 'the workflow is not purged');
    expect(await table.get(keys.webhookSecret(webhook.id))).toBeUndefined();
    expect(await table.list(keys.allOfWebhooks('GONE'))).toEqual([]);
  });
});
