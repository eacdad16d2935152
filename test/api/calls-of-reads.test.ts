import { beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../../shared/api/routes/route.ts';
import { allRoutes, type OperationKey, routeOf } from '../../shared/api/routes.ts';
import { createGroup } from '../../shared/groups/create.ts';
import { findGroup } from '../../shared/groups/group.ts';
import { newId, timestamp } from '../../shared/ids.ts';
import { giveRole } from '../../shared/members/members.ts';
import { addWebhook } from '../../shared/notifications/webhooks.ts';
import { entryWrite } from '../../shared/runs/life-cycle.ts';
import { keys } from '../../shared/store/keys.ts';
import { storeUpload } from '../../shared/uploads/store.ts';
import { userEntryCodec } from '../../shared/users/user.ts';
import { findWorkflow, workflowEntryCodec } from '../../shared/workflows/workflow.ts';
import { quiet } from '../api-http/stored.ts';
import { writeResults } from '../bench/ranked-runs.ts';
import { fixture, poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { storeEvent } from '../notifications/store-event.ts';

const MORE = 60;

/** Number of calls to DynamoDB and S3 per response, by route. */
type Counts = Record<string, { readonly dynamodb: number; readonly s3: number }>;

describe('the calls behind a response', () => {
  let alice: { id: string; token: string };
  let params: Record<string, string>;
  let files: Partial<Record<OperationKey, string>>;
  let counting = { dynamodb: 0, s3: 0 };
  const stack = useStack({
    onCall({ caller, service }) {
      if (!['api', 'auth', 'runs'].includes(caller)) return;
      if (service === 'dynamodb' || service === 's3') counting[service] += 1;
    },
  });

  beforeAll(async () => {
    alice = await stack.user('alice');
    await stack.install(fixture('hello-world-postproc'), { id: 'HWP' });
    // Without post-processing, which would run after every change of the ranking.
    await stack.install(fixture('hello-world'), { id: 'HW' });
    for (const id of ['HW', 'HWP']) await giveRole(stack.services, 'operator', id, 'alice', 'owner');
    const group = await stack.group('HWP', alice.token, 'Alice');
    const upload = (await stack.upload(group, alice.token, 'a.txt', 'a')).json.id;
    const run = await stack.ended((await stack.greet(group, alice.token, 'Ann\n')).id, alice.token);
    const postproc = await stack.postproc('HWP', ({ state }) => state === 'SUCCESS');
    const first = await stack.group('HW', alice.token, 'First');
    await writeResults(stack.services, 'HW', [first], 0, 1);
    await storeEntry('HW', first, timestamp(new Date()));
    await stack.services.messages.leaderboardDirty('HW');
    await quiet(stack.services);
    const otherRun = await stack.ended((await stack.greet(group, alice.token, 'Eve\n')).id, alice.token);
    const hook = { url: 'https://localhost/', events: ['postproc.failed'] as const };
    const { webhook } = await addWebhook(stack.services, 'operator', 'HW', hook);
    params = {
      ...{ workflowId: 'HW', userGroupId: group, runId: run.id, otherRunId: otherRun.id },
      webhookId: webhook.id,
    };
    // Crates and starter kits are created on request.
    const crates = [`/runs/${run.id}/crate`, '/workflows/HW/crate', '/workflows/HW/starter-kit'];
    for (const path of crates) {
      await poll(async () => {
        const { status } = await stack.request('GET', path, { token: alice.token });
        return status === 200 ? true : undefined;
      }, `no archive at ${path}`);
    }
    files = {
      'files:download': upload,
      'runs:download:file': run.files[0].id,
      'workflows:download:file': postproc.files[0].id,
    };
  });

  /** What the benchmark does not have: rules, which are part of its version, public files, a request to score again, archives. */
  const absent: readonly OperationKey[] = [
    ...(['rules:get', 'workflows:files:download', 'rescores:get', 'archives:get'] as const),
  ];
  const reads = allRoutes.filter(
    ({ key, methods }) => !absent.includes(key) && methods.some((method) => method === 'GET'),
  );

  /**
   * Sends each request several times: immutable data is cached after the first, and a call may be counted during the
   * next request.
   */
  const countAll = async (): Promise<Counts> => {
    const counts: Counts = {};
    for (const { key } of reads) {
      const postprocessed = key.startsWith('workflows:download') ? { workflowId: 'HWP' } : {};
      const all: Record<string, string> = {
        ...{ ...params, ...postprocessed },
        ...{ fileId: files[key] ?? '', taskId: '0', stream: 'stdout', version: '1' },
      };
      const path = pathOf(routeOf(key)).replace(/\{(\w+)\}/g, (_all, name: string) => all[name] ?? '');
      const times: (typeof counting)[] = [];
      for (let time = 1; time <= 4; time += 1) {
        counting = { dynamodb: 0, s3: 0 };
        times.push(counting);
        const { base } = routeOf(key);
        const at = base === undefined ? {} : { base: new URL(base, stack.url).href };
        const { status } = await stack.request('GET', `/${path}`, { token: alice.token, ...at });
        expect([key, status]).toEqual([key, 200]);
      }
      const least = (service: keyof typeof counting) => Math.min(...times.map((time) => time[service]));
      counts[key] = { dynamodb: least('dynamodb'), s3: least('s3') };
    }
    return counts;
  };

  const storeEntry = async (workflowId: string, groupId: string, createdAt: string) => {
    const { version } = await findWorkflow(stack.services, workflowId);
    const rest = { version, machineArn: '', fileSecret: '', state: 'SUCCESS' as const };
    const { table } = stack.services;
    await table.transact([entryWrite(table, { id: newId(), workflowId, groupId, createdAt, ...rest })]);
  };

  const grow = async () => {
    const { services } = stack;
    const { table } = services;
    const group = await findGroup(services, params.userGroupId ?? '');
    const groups: string[] = [];
    for (let number = 0; number < MORE; number += 1) {
      const id = newId();
      const at = timestamp(new Date(Date.now() - number * 1000));
      const name = `another ${number}`;
      const caller = { id: alice.id, name: 'alice' };
      groups.push((await createGroup(services, caller, 'HW', { name })).id);
      await storeUpload(services, caller, group, { name: `${number}.txt`, content: Buffer.from('x') });
      await table.put(userEntryCodec.write(keys.userEntry(name, id), { id, name }));
      const entry = { id, name, description: null, instructions: null };
      await table.put(workflowEntryCodec.write(keys.workflowEntry(id), entry));
      await storeEntry('HWP', group.id, at);
      await storeEntry('HW', groups.at(-1) ?? '', at);
      await storeEvent(services, { type: 'postproc.failed', subject: id, at, workflowId: 'HW' });
    }
    await writeResults(services, 'HW', groups, 0, MORE);
    await services.messages.leaderboardDirty('HW');
    await stack.published('HW');
    const { json } = await stack.request('GET', '/workflows/HW/leaderboard');
    expect(json.ranking).toHaveLength(MORE + 1);
  };

  it('do not increase with sixty times as much stored data', async () => {
    const { 'wes:runs:list': fewGroups, 'workflows:registrations': few, ...before } = await countAll();
    await grow();
    const { 'wes:runs:list': manyGroups, 'workflows:registrations': many, ...after } = await countAll();
    // The session, the user's groups, their workflows, and one query for each of up to ten groups.
    expect([fewGroups, manyGroups]).toEqual([
      { dynamodb: 6, s3: 0 },
      { dynamodb: 14, s3: 0 },
    ]);
    // The session, the workflow, the role, the groups of the page and what is stored of their members, and one query for
    // each of up to twenty groups.
    expect([few, many]).toEqual([
      { dynamodb: 8, s3: 0 },
      { dynamodb: 27, s3: 0 },
    ]);
    expect(after).toEqual(before);
    for (const [key, { dynamodb, s3 }] of Object.entries(after)) {
      expect(dynamodb, key).toBeLessThanOrEqual(10);
      expect(s3, key).toBeLessThanOrEqual(2);
    }
  });
});
