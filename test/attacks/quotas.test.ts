import { beforeAll, describe, expect, it } from 'vitest';
import { recountQuotas } from '../../shared/maintenance/recount-quotas.ts';
import { readUses } from '../../shared/quotas/usage.ts';
import { pauseAdmission } from '../../shared/runs/capacity.ts';
import { dueItem } from '../../shared/store/due-item.ts';
import { keys } from '../../shared/store/keys.ts';
import { expireMultipartUpload } from '../../shared/uploads/multipart-end.ts';
import { findMultipartUpload, partsOf } from '../../shared/uploads/multipart-upload.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { storedNames } from '../end-to-end/consistency.ts';
import { fileArgument, installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { queuedRun, whileFull } from '../end-to-end/played-run.ts';
import { purged } from '../end-to-end/purged.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** A user who tries to use up a stage. */
const stack = useStack({
  env: {
    FLOWSERV_QUOTA_ACTIVE_RUNS: '2',
    FLOWSERV_QUOTA_RUNS_PER_DAY: '6',
    FLOWSERV_QUOTA_VCPU_SECONDS_PER_DAY: '10000',
    FLOWSERV_QUOTA_GROUPS: '4',
    FLOWSERV_QUOTA_BYTES: '1000',
    FLOWSERV_QUOTA_STORED_BYTES_PER_DAY: '10000',
  },
  check: 'consistency',
});
let workflow: string;

beforeAll(async () => {
  workflow = await installTemplate(stack, oneStep(['true']), {}, { id: 'W' });
});

const usesOf = async (userId: string) =>
  Object.fromEntries((await readUses(stack.services, userId)).map(({ name, used }) => [name, used]));
const rejected = ({ status, json }: { status: number; json: { message: string } }) => [status, json.message];

describe('a user with quotas', () => {
  it('has a limit of active runs, also for concurrent starts, and each run is released once', async () => {
    const alice = await stack.user('alice');
    const group = await stack.group(workflow, alice.token, 'Alice');
    const started = await whileFull(stack, async () => {
      const responses = await Promise.all([1, 2, 3, 4, 5].map(() => start(stack, group, alice.token)));
      expect(await usesOf(alice.id)).toMatchObject({ activeRuns: 2, runsPerDay: 2 });
      return responses;
    });
    expect(started.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429]);
    const rejection = started.find(({ status }) => status === 429);
    expect(rejection?.json.message).toBe(
      'you have 2 active runs, which is the maximum; wait for one or cancel it',
    );
    expect(rejection?.headers.get('retry-after')).toBe('60');
    const [one, two] = started.filter(({ status }) => status === 201).map(({ json }) => json.id);
    await Promise.all([
      stack.request('PUT', `/runs/${one}`, { token: alice.token }),
      stack.request('PUT', `/runs/${one}`, { token: alice.token }),
    ]);
    await stack.ended(two, alice.token);
    expect(await usesOf(alice.id)).toMatchObject({ activeRuns: 0, runsPerDay: 2 });
  });

  it('stores nothing for a rejected start, whatever the size of its arguments', async () => {
    const frida = await stack.user('frida');
    const text = await installTemplate(
      stack,
      oneStep(['true'], 'parameters: [{name: text, dtype: string}]\n'),
      {},
      { id: 'TEXT' },
    );
    const group = await stack.group(text, frida.token, 'Frida');
    const values = { text: 'y'.repeat(150_000) };
    await whileFull(stack, async () => {
      const started = [1, 2].map(() => start(stack, group, frida.token, { text: 'short' }));
      const runs = (await Promise.all(started)).map(({ json }) => json.id);
      const before = await storedNames(stack.services);
      expect((await start(stack, group, frida.token, values)).status).toBe(429);
      expect(await storedNames(stack.services)).toEqual(before);
      for (const id of runs) await stack.request('PUT', `/runs/${id}`, { token: frida.token });
    });
  });

  it('has a limit of runs per day, whatever their outcome', async () => {
    const bob = await stack.user('bob');
    const group = await stack.group(workflow, bob.token, 'Bob');
    const runs = await whileFull(stack, async () => {
      const ids: string[] = [];
      for (let count = 0; count < 6; count += 1) {
        const id = await queuedRun(stack, group);
        await stack.request('PUT', `/runs/${id}`, { token: bob.token });
        ids.push(id);
      }
      return ids;
    });
    await stack.request('DELETE', `/runs/${runs[0]}`, { token: bob.token });
    const seventh = await start(stack, group, bob.token);
    expect(rejected(seventh)).toEqual([
      429,
      'you started 6 runs today, which is the maximum per day; try again after midnight UTC',
    ]);
    expect(Number(seventh.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await usesOf(bob.id)).toMatchObject({ activeRuns: 0, runsPerDay: 6, vcpuSecondsPerDay: 0 });
  });

  it('has a limit of owned groups, and a deleted group no longer counts', async () => {
    const carol = await stack.user('carol');
    const made = await Promise.all(
      ['C1', 'C2', 'C3', 'C4'].map((name) => stack.group(workflow, carol.token, name)),
    );
    const more = () =>
      stack.request('POST', `/workflows/${workflow}/groups`, { token: carol.token, body: { name: 'C5' } });
    expect(rejected(await more())).toEqual([
      429,
      'you own 4 groups, which is the maximum; delete one that you no longer need',
    ]);
    await stack.request('DELETE', `/groups/${made[0]}`, { token: carol.token });
    expect((await more()).status).toBe(201);
    expect(await usesOf(carol.id)).toMatchObject({ groups: 4 });
  });

  it('has a limit of stored bytes, unfinished uploads included, and deleted bytes no longer count', async () => {
    const dave = await stack.user('dave');
    const group = await stack.group(workflow, dave.token, 'Dave');
    const begin = (size: number) =>
      stack.request('POST', `/uploads/${group}/direct`, { token: dave.token, body: { name: 'a', size } });
    const file = await stack.upload(group, dave.token, 'a.txt', 'x'.repeat(600));
    const begun = await begin(300);
    expect([file.status, begun.status]).toEqual([201, 201]);
    expect(rejected(await stack.upload(group, dave.token, 'b.txt', 'x'.repeat(200)))).toEqual([
      413,
      'not enough storage: your uploads and results may take 1000 bytes; delete files or runs that you no longer need',
    ]);
    expect((await begin(101)).status).toBe(413);
    expect((await begin(5000)).status).toBe(413);
    expect(await usesOf(dave.id)).toMatchObject({ bytes: 900 });
    await stack.request('DELETE', `/uploads/${group}/files/${file.json.id}`, { token: dave.token });
    await stack.request('DELETE', `/uploads/${group}/direct/${begun.json.id}`, { token: dave.token });
    expect(await usesOf(dave.id)).toMatchObject({ bytes: 0 });
  });

  it('gets back the reservation of an upload that is never completed', async () => {
    const erin = await stack.user('erin');
    const group = await stack.group(workflow, erin.token, 'Erin');
    const { json } = await stack.request('POST', `/uploads/${group}/direct`, {
      token: erin.token,
      body: { name: 'a', size: 700 },
    });
    const { services } = stack;
    await expireMultipartUpload(services, group, json.id);
    expect(await usesOf(erin.id)).toMatchObject({ bytes: 700 });
    const item = await services.table.get(keys.multipartUpload(group, json.id));
    expect(item && dueItem(item)).toMatchObject({ kind: 'multipart-upload', id: json.id, groupId: group });
    const tomorrow = { ...services, now: () => new Date(Date.now() + 25 * 3_600_000) };
    await expireMultipartUpload(tomorrow, group, json.id);
    await expireMultipartUpload(tomorrow, group, json.id);
    expect(await usesOf(erin.id)).toMatchObject({ bytes: 0 });
  });

  it('cannot store more parts of an upload after its group is deleted', async () => {
    const judy = await stack.user('judy');
    const group = await stack.group(workflow, judy.token, 'Judy');
    const body = { name: 'a', size: 700 };
    const { json } = await stack.request('POST', `/uploads/${group}/direct`, { token: judy.token, body });
    const { services } = stack;
    const begun = partsOf(await findMultipartUpload(services, group, json.id));
    await stack.request('DELETE', `/groups/${group}`, { token: judy.token });
    await purged(services, keys.group(group));
    expect(await usesOf(judy.id)).toMatchObject({ bytes: 0, groups: 0 });
    expect(await services.objects.parts.list(begun)).toBeUndefined();
  });

  it('is charged for the time and the results of runs, and for nothing after the workflow is deleted', async () => {
    const frank = await stack.user('frank');
    const template = oneStep(['printf 12345 > out.txt; sleep 1.1'], '', ['out.txt']);
    const own = await installTemplate(stack, template, {}, { id: 'F' });
    const group = await stack.group(own, frank.token, 'Frank');
    await stack.upload(group, frank.token, 'a.txt', 'x'.repeat(10));
    const run = await stack.ended((await start(stack, group, frank.token)).json.id, frank.token);
    expect(run.state).toBe('SUCCESS');
    const used = await usesOf(frank.id);
    expect(used.vcpuSecondsPerDay).toBeGreaterThanOrEqual(2);
    expect(used.bytes).toBeGreaterThanOrEqual(15);
    expect(used).toMatchObject({ groups: 1, runsPerDay: 1, activeRuns: 0 });
    await removeWorkflow(stack.services, own);
    await purged(stack.services, keys.workflow(own));
    expect(await usesOf(frank.id)).toEqual({ ...used, groups: 0, bytes: 0 });
    expect(used.storedBytesPerDay).toBeGreaterThanOrEqual(15);
  });

  it('cannot store more in a day by deleting it again, nor by requests that are rejected', async () => {
    const hans = await stack.user('hans');
    const group = await stack.group(workflow, hans.token, 'Hans');
    const store = (size: number) => stack.upload(group, hans.token, 'a.txt', 'x'.repeat(size));
    for (let again = 0; again < 9; again += 1) {
      const { json } = await store(900);
      await stack.request('DELETE', `/uploads/${group}/files/${json.id}`, { token: hans.token });
    }
    const rest = [await store(900), await store(150), await store(850)];
    expect(rest.map(({ status }) => status)).toEqual([201, 413, 413]);
    const rejection = await store(1);
    expect([rejection.status, rejection.json.code]).toEqual([429, 'quota.stored-bytes-per-day']);
    expect(Number(rejection.headers.get('retry-after'))).toBeGreaterThan(0);
    const begun = { token: hans.token, body: { name: 'a', size: 1 } };
    expect((await stack.request('POST', `/uploads/${group}/direct`, begun)).status).toBe(429);
    expect((await start(stack, group, hans.token)).json.code).toBe('quota.stored-bytes-per-day');
    expect(await usesOf(hans.id)).toMatchObject({ storedBytesPerDay: 10_000, bytes: 900 });
  });

  it('is charged for the crate of each run, once, and gets none beyond the quota', async () => {
    const gina = await stack.user('gina');
    const template = oneStep(['true'], 'parameters: [{name: data, dtype: file, target: in.txt}]');
    const own = await installTemplate(stack, template, {}, { id: 'G' });
    const group = await stack.group(own, gina.token, 'Gina');
    const data = await fileArgument(stack, group, gina.token, 'x'.repeat(300));
    const ended = async () =>
      stack.ended((await start(stack, group, gina.token, { data })).json.id, gina.token);
    const runs = [await ended(), await ended(), await ended()];
    const before = (await usesOf(gina.id)).bytes ?? 0;
    const crateOf = ({ id }: { id: string }) =>
      stack.request('GET', `/runs/${id}/crate`, { token: gina.token });
    const crates = [await crateOf(runs[0]), await crateOf(runs[0]), await crateOf(runs[1])];
    expect(crates.map(({ status }) => status)).toEqual(expect.not.arrayContaining([413]));
    expect(await usesOf(gina.id)).toMatchObject({ bytes: before + 600 });
    expect((await crateOf(runs[2])).json.code).toBe('quota.bytes');
    await stack.request('DELETE', `/runs/${runs[0].id}`, { token: gina.token });
    await purged(stack.services, keys.run(runs[0].id));
    const { bytes = 0 } = await usesOf(gina.id);
    expect(bytes).toBeLessThanOrEqual(before + 300);
    expect((await crateOf(runs[2])).status).not.toBe(413);
  });

  it('gets correct sums when the operator counts them again', async () => {
    const grace = await stack.user('grace');
    const group = await stack.group(workflow, grace.token, 'Grace');
    await stack.upload(group, grace.token, 'a.txt', 'x'.repeat(30));
    await whileFull(stack, async () => {
      await queuedRun(stack, group);
      const right = await usesOf(grace.id);
      const { table } = stack.services;
      await table.update(keys.quota(grace.id, 'bytes#kept'), { set: { used: 999 } });
      await table.update(keys.quota(grace.id, 'runs#active'), { set: { used: 0 } });
      await table.remove(keys.quota(grace.id, 'groups#kept'));
      const changed = (await recountQuotas(stack.services)).filter(({ key }) => key.pk.endsWith(grace.id));
      expect(changed.map(({ key, stored, counted }) => [key.sk, stored, counted]).sort()).toEqual([
        ['bytes#kept', 999, 30],
        ['groups#kept', 0, 1],
        ['runs#active', 0, 1],
      ]);
      expect(await usesOf(grace.id)).toEqual(right);
      expect(await recountQuotas(stack.services)).toEqual([]);
    });
  });
});

describe('a paused stage', () => {
  it('accepts runs, but admits none until it is resumed', async () => {
    const heidi = await stack.user('heidi');
    const group = await stack.group(workflow, heidi.token, 'Heidi');
    expect(await pauseAdmission(stack.services, true)).toMatchObject({ paused: true });
    const { status, json } = await start(stack, group, heidi.token);
    expect(status).toBe(201);
    await stack.services.messages.dispatch();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await stack.request('GET', `/runs/${json.id}`, { token: heidi.token })).json.state).toBe(
      'PENDING',
    );
    await pauseAdmission(stack.services, false);
    expect((await stack.ended(json.id, heidi.token)).state).toBe('SUCCESS');
  });
});
