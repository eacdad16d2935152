import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dispatch, releaseSlot } from '../../shared/runs/dispatch.ts';
import { queuedCodec } from '../../shared/runs/queue.ts';
import { findRun } from '../../shared/runs/run.ts';
import { keys } from '../../shared/store/keys.ts';
import { expectConsistency } from './consistency.ts';
import { installTemplate, oneStep, start } from './install-template.ts';
import { queuedRun, whileFull } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** Runs of different sizes share the capacity of a stage, which is counted in vCPUs. */
const CAPACITY = 4;
const stack = useStack({ env: { FLOWSERV_CAPACITY: String(CAPACITY) }, check: 'consistency' });
const SIZES = { quarter: 0.25, one: 1, two: 2, four: 4 } as const;
type Size = keyof typeof SIZES;
let users: { id: string; token: string }[];
const groups = new Map<string, string>();

beforeAll(async () => {
  users = await Promise.all(['u1', 'u2', 'u3'].map((name) => stack.user(name)));
  users.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const [size, cpu] of Object.entries(SIZES)) {
    const config = {
      workers: [{ name: 'w', type: 'docker', cpu }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    const workflow = await installTemplate(stack, oneStep(['sleep 0.1']), {}, { id: size, config });
    for (const [index, user] of users.entries()) {
      groups.set(`${size}${index}`, await stack.group(workflow, user.token, `Group ${index}`));
    }
  }
});

afterEach(() => expectConsistency(stack.services));

const groupOf = (size: Size, user: number): string => groups.get(`${size}${user}`) ?? '';
const inUse = async () => Number((await stack.services.table.get(keys.capacity()))?.inUse ?? 0);
const isAdmitted = async (id: string) => (await findRun(stack.services, id)).admitted === true;
const cancel = async (id: string, user: number) =>
  expect((await stack.request('PUT', `/runs/${id}`, { token: users[user]?.token })).status).toBe(200);

/** Runs `work` while only the test admits runs, to a capacity that it chooses. */
const whileAlone = (
  work: (dispatchTo: (capacity: number, minutes?: number) => Promise<number>) => Promise<void>,
) =>
  whileFull(stack, async () => {
    const before = await inUse();
    const { config, executions } = stack.services;
    await work((capacity, minutes = 0) =>
      dispatch({
        ...stack.services,
        now: () => new Date(Date.now() + minutes * 60_000),
        config: { ...config, capacity: before + capacity },
        executions: { ...executions, start: async () => true },
      }),
    );
    expect(await inUse()).toBe(before);
  });

describe('the capacity', () => {
  it('holds the vCPUs of all runs, and is exact after they ended', async () => {
    const wanted = Array.from({ length: 18 }, (_, index) => {
      const size = (['quarter', 'two', 'one', 'four', 'quarter', 'one'] as const)[index % 6] ?? 'one';
      return { group: groupOf(size, index % 3), token: users[index % 3]?.token ?? '' };
    });
    const most: number[] = [];
    const watch = setInterval(() => void inUse().then((count) => most.push(count)), 5);
    const started = await Promise.all(wanted.map(({ group, token }) => start(stack, group, token)));
    const runs = await Promise.all(
      started.map(({ json }, index) => stack.ended(json.id, wanted[index]?.token ?? '')),
    );
    clearInterval(watch);
    expect(runs.map(({ state }) => state)).toEqual(wanted.map(() => 'SUCCESS'));
    expect(Math.max(...most)).toBeLessThanOrEqual(CAPACITY);
    await expect.poll(inUse).toBe(0);
  });

  it('is released once, however often the end of a run is repeated', async () => {
    await whileAlone(async (dispatchTo) => {
      const id = await queuedRun(stack, groupOf('two', 0));
      const before = await inUse();
      expect(await dispatchTo(2)).toBe(1);
      expect(await inUse()).toBe(before + 2);
      await cancel(id, 0);
      await Promise.all(Array.from({ length: 5 }, () => releaseSlot(stack.services, id)));
      expect(await inUse()).toBe(before);
    });
  });

  it('counts one vCPU for runs that an earlier release queued or admitted', async () => {
    await whileAlone(async (dispatchTo) => {
      const { table } = stack.services;
      const before = await inUse();
      const ids = [await queuedRun(stack, groupOf('two', 0)), await queuedRun(stack, groupOf('two', 1))];
      for (const id of ids) {
        const { queueNumber = 0, userId = '' } = await findRun(stack.services, id);
        await table.update(keys.run(id), { remove: ['vcpus'] });
        await table.update(keys.queued(userId, queueNumber), { remove: ['vcpus'] });
      }
      const [admitted = '', waiting = ''] = ids;
      expect(await dispatchTo(1)).toBe(1);
      expect(await inUse()).toBe(before + 1);
      const first = (await isAdmitted(admitted)) ? 0 : 1;
      // As an earlier release admitted it.
      await table.update(keys.run(ids[first] ?? ''), { remove: ['vcpusHeld'] });
      await cancel(ids[first] ?? '', first);
      expect(await inUse()).toBe(before);
      await cancel(first === 0 ? waiting : admitted, 1 - first);
    });
  });

  it('is required of a run at its start', async () => {
    const { services } = stack;
    const small = {
      ...services,
      config: { ...services.config, steps: { ...services.config.steps, capacity: 2 } },
    };
    const id = await queuedRun({ ...stack, services: small }, groupOf('four', 0));
    const run = await findRun(services, id);
    expect(run.state).toBe('ERROR');
    expect(run.messages?.[0]).toContain('a task of 4 vCPU exceeds the capacity of 2 vCPU');
  });
});

describe('a run that needs more vCPUs than are free', () => {
  it('is passed over by smaller runs of other owners, until it waited for five minutes', async () => {
    await whileAlone(async (dispatchTo) => {
      const running = await queuedRun(stack, groupOf('two', 0));
      expect(await dispatchTo(4)).toBe(1);
      const large = await queuedRun(stack, groupOf('four', 0));
      const small = await queuedRun(stack, groupOf('one', 1));
      const later = await queuedRun(stack, groupOf('quarter', 2));

      // Admits one smaller run after the other while two vCPUs are free.
      expect(await dispatchTo(4)).toBe(2);
      expect(await isAdmitted(large)).toBe(false);
      const next = await queuedRun(stack, groupOf('quarter', 1));
      expect(await dispatchTo(4, 4)).toBe(1);

      // From then on, the vCPUs that become free are kept for it.
      const last = await queuedRun(stack, groupOf('quarter', 2));
      expect(await dispatchTo(4, 6)).toBe(0);
      await cancel(running, 0);
      expect(await dispatchTo(4, 6)).toBe(0);
      for (const [id, user] of [
        [small, 1],
        [later, 2],
        [next, 1],
      ] as const)
        await cancel(id, user);
      expect(await dispatchTo(4, 6)).toBe(1);
      expect(await isAdmitted(large)).toBe(true);

      await cancel(large, 0);
      expect(await dispatchTo(4)).toBe(1);
      await cancel(last, 2);
    });
  });

  it('is noted in place of one that no longer waits', async () => {
    await whileAlone(async (dispatchTo) => {
      const running = await queuedRun(stack, groupOf('two', 0));
      expect(await dispatchTo(4)).toBe(1);
      // A pass admitted this one while a concurrent pass noted it.
      const passedOver = { party: 'admitted', number: 1, since: Date.now() };
      await stack.services.table.update(keys.capacity(), { set: { passedOver } });
      const large = await queuedRun(stack, groupOf('four', 0));
      expect(await dispatchTo(4)).toBe(0);
      const small = await queuedRun(stack, groupOf('one', 1));
      expect(await dispatchTo(4, 6)).toBe(0);
      for (const id of [large, running]) await cancel(id, 0);
      await cancel(small, 1);
    });
  });

  it('that was canceled holds up no other', async () => {
    await whileAlone(async (dispatchTo) => {
      const running = await queuedRun(stack, groupOf('two', 0));
      expect(await dispatchTo(4)).toBe(1);
      const large = await queuedRun(stack, groupOf('four', 0));
      expect(await dispatchTo(4)).toBe(0);
      await cancel(large, 0);
      const small = await queuedRun(stack, groupOf('one', 1));
      expect(await dispatchTo(4, 6)).toBe(1);
      await cancel(small, 1);
      await cancel(running, 0);
    });
  });

  it('is the next one of its owner: later runs of the same owner wait for it', async () => {
    await whileAlone(async (dispatchTo) => {
      const running = await queuedRun(stack, groupOf('two', 1));
      expect(await dispatchTo(4)).toBe(1);
      const large = await queuedRun(stack, groupOf('four', 0));
      const own = await queuedRun(stack, groupOf('quarter', 0));
      const others = [
        await queuedRun(stack, groupOf('quarter', 1)),
        await queuedRun(stack, groupOf('quarter', 1)),
      ];
      expect(await dispatchTo(4)).toBe(2);
      const waiting = (await stack.services.table.list(keys.queue())).map(queuedCodec.read);
      expect(waiting.map(({ runId }) => runId)).toEqual([large, own]);
      for (const id of [large, own]) await cancel(id, 0);
      for (const id of [running, ...others]) await cancel(id, 1);
    });
  });
});
