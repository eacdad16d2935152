import { beforeAll, describe, expect, it } from 'vitest';
import type { StackCall } from '../../infra/local/calls.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import { readUses } from '../../shared/quotas/usage.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { objectKeys } from '../../shared/volumes/keys.ts';
import {
  ALL_RESULTS,
  fileArgument,
  installTemplate,
  oneStep,
  resultText,
  SCORES,
  start,
} from '../end-to-end/install-template.ts';
import { servicesOf } from '../end-to-end/own-function.ts';
import { queuedRun, whileFull } from '../end-to-end/played-run.ts';
import { purged } from '../end-to-end/purged.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { storeRuns } from '../end-to-end/stored-runs.ts';

/** Reports of work that grows with the stored data and blocked the response to a client. */
const counts = new Map<string, number>();
const stack = useStack({
  env: { FLOWSERV_QUOTA_BYTES: '1000', FLOWSERV_QUOTA_GROUPS: '100' },
  onCall: ({ caller, service }: StackCall) => {
    const name = `${caller} ${service}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  },
  check: 'consistency',
});
let alice: { id: string; token: string };

const scored = oneStep([`echo '{"score": 1}' > result.json`], SCORES, ['result.json']);
const copy = `workflow:
  files: {inputs: ["$[[file]]"], outputs: [copy.txt]}
  steps:
    - {name: first, action: {environment: 'python:3.9', commands: ['true']}}
    - {name: second, action: {environment: 'python:3.9', commands: ['cp in.txt copy.txt']}}
parameters:
  - {name: file, dtype: file, target: in.txt}
`;

beforeAll(async () => {
  alice = await stack.user('alice');
  await installTemplate(stack, scored, {}, { id: 'W' });
  await installTemplate(stack, scored + ALL_RESULTS, {}, { id: 'P' });
  await installTemplate(stack, copy, {}, { id: 'COPY' });
});

const remove = (path: string) => stack.request('DELETE', path, { token: alice.token });
const get = (path: string) => stack.request('GET', path, { token: alice.token });
const rankedRuns = async (query = '') =>
  (await get(`/workflows/W/leaderboard${query}`)).json.ranking.map(
    ({ run }: { run: { id: string } }) => run.id,
  );

describe('the deletion of a group', () => {
  it('takes the same number of calls for any group size, and the purge removes everything (report 18)', async () => {
    const used: Record<string, number>[] = [];
    for (const runs of [1, 60]) {
      const name = `Group of ${runs}`;
      const group = await stack.group('W', alice.token, name);
      await stack.upload(group, alice.token, 'file.txt', 'text');
      const [run = ''] = await storeRuns(stack.services, 'W', group, runs);
      expect(await rankedRuns('?includeAll')).toHaveLength(runs);
      counts.clear();
      expect((await remove(`/groups/${group}`)).status).toBe(204);
      used.push(Object.fromEntries([...counts].filter(([call]) => call.startsWith('api '))));
      expect(await rankedRuns('?includeAll')).toEqual([]);
      for (const path of [`/groups/${group}`, `/runs/${run}`, `/groups/${group}/runs`]) {
        expect((await get(path)).status).toBe(404);
      }
      expect((await get('/groups')).json.groups).toEqual([]);
      expect((await remove(`/groups/${group}`)).status).toBe(404);
      const again = await stack.group('W', alice.token, name);
      expect(again).toMatch(/^[0-9a-f]{32}$/);
      await remove(`/groups/${again}`);
      await purged(stack.services, keys.group(group));
      expect(await stack.services.table.list(keys.runEntries(group))).toEqual([]);
      expect(await stack.services.table.get(keys.run(run))).toBeUndefined();
    }
    expect(used[1]).toEqual(used[0]);
    expect(used[0]).toMatchObject({ 'api sqs': 2 });
  });

  it('cancels the waiting runs of the group (report 18)', async () => {
    const group = await stack.group('W', alice.token, 'Waiting');
    await whileFull(stack, async () => {
      const run = await queuedRun(stack, group);
      expect((await remove(`/groups/${group}`)).status).toBe(204);
      expect((await get(`/runs/${run}`)).status).toBe(404);
      await purged(stack.services, keys.run(run));
      expect(await stack.services.table.list(keys.queue())).toEqual([]);
    });
    await purged(stack.services, keys.group(group));
  });
});

describe('concurrent requests', () => {
  const AT_ONCE = 20;
  const times = <T>(work: (index: number) => Promise<T>) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, index) => work(index)));

  it('that delete the same object get 204 or 404 (report 18)', async () => {
    const group = await stack.group('W', alice.token, 'Same');
    const [run = ''] = await storeRuns(stack.services, 'W', group, 1);
    for (const path of [`/runs/${run}`, `/groups/${group}`]) {
      const statuses = await times(async () => (await remove(path)).status);
      expect(statuses).toContain(204);
      expect(statuses.filter((status) => status !== 204 && status !== 404)).toEqual([]);
    }
    await purged(stack.services, keys.group(group));
    await purged(stack.services, keys.run(run));
  });

  it('that delete objects of one workflow, while other requests use them, never get 500 (report 18)', async () => {
    const groups = await Promise.all(
      Array.from({ length: 4 }, (_, index) => stack.group('P', alice.token, `Busy ${index}`)),
    );
    const groupOf = (index: number) => groups[index % groups.length] ?? '';
    const runs = (await Promise.all(groups.map((group) => storeRuns(stack.services, 'P', group, 5)))).flat();
    // Post-processing begins while its runs are being deleted.
    await stack.services.messages.leaderboardDirty('P');
    const deletions = times(async (index) => {
      const statuses = [(await remove(`/runs/${runs[index]}`)).status];
      if (index < groups.length) statuses.push((await remove(`/groups/${groupOf(index)}`)).status);
      return statuses;
    });
    const uses = times(async (index) => [
      (await start(stack, groupOf(index), alice.token)).status,
      (await stack.upload(groupOf(index), alice.token, 'a.txt', 'a')).status,
      (await get('/workflows/P/leaderboard')).status,
    ]);
    const deleted = (await deletions).flat();
    const used = (await uses).flat();
    expect(deleted.filter((status) => status !== 204 && status !== 404)).toEqual([]);
    expect(used.filter((status) => ![200, 201, 404].includes(status))).toEqual([]);
    for (const group of groups) await purged(stack.services, keys.group(group));
    expect((await get('/workflows/P/leaderboard?includeAll')).json.ranking).toEqual([]);
  });
});

describe('an upload that is deleted', () => {
  const bytes = async () => {
    const uses = await readUses(stack.services, alice.id);
    return uses.find(({ name }) => name === 'bytes')?.used;
  };
  /** Services at a time when all requests from before the deletion ended. */
  const later = (): Services => ({
    ...servicesOf(stack, 'sweep'),
    now: () => new Date(Date.now() + 5 * 60_000),
  });

  it('keeps its content for a run that uses it, until that run is deleted (report 18)', async () => {
    const group = await stack.group('COPY', alice.token, 'Copies');
    const file = await fileArgument(stack, group, alice.token, 'content');
    const { fileId } = file.value;
    const object = objectKeys.upload('COPY', group, fileId);
    const content = () => stack.services.objects.size('data', object);
    const run = await whileFull(stack, async () => {
      const { json } = await start(stack, group, alice.token, { file });
      expect((await remove(`/uploads/${group}/files/${fileId}`)).status).toBe(204);
      expect((await remove(`/uploads/${group}/files/${fileId}`)).status).toBe(404);
      expect((await get(`/uploads/${group}/files`)).json.files).toEqual([]);
      expect((await start(stack, group, alice.token, { file })).status).toBe(404);
      await sweep(later());
      return json.id;
    });
    await stack.services.messages.dispatch();
    const ended = await stack.ended(run, alice.token);
    expect([ended.state, await content(), await bytes()]).toEqual(['SUCCESS', 7, expect.any(Number)]);
    expect(await resultText(stack, ended, 'copy.txt')).toBe('content');
    await remove(`/runs/${run}`);
    await purged(stack.services, keys.run(run));
    await expect.poll(() => sweep(later()).then(content)).toBeUndefined();
    expect(await bytes()).toBe(0);
  });

  it('releases its bytes immediately if no run used it', async () => {
    const group = await stack.group('COPY', alice.token, 'Unused');
    const { json } = await stack.upload(group, alice.token, 'a.txt', 'x'.repeat(900));
    await remove(`/uploads/${group}/files/${json.id}`);
    expect(await bytes()).toBe(0);
    expect((await stack.upload(group, alice.token, 'a.txt', 'x'.repeat(900))).status).toBe(201);
    await remove(`/groups/${group}`);
    await purged(stack.services, keys.group(group));
    expect(await bytes()).toBe(0);
  });
});
