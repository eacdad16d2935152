import { afterEach, describe, expect, it, vi } from 'vitest';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { queuedCodec } from '../../shared/runs/queue.ts';
import type { Services } from '../../shared/services/services.ts';
import type { Change } from '../../shared/store/expressions.ts';
import type { Item, RangeOptions } from '../../shared/store/item.ts';
import { keys } from '../../shared/store/keys.ts';

/** A stage with this many waiting runs of several queue owners, and with as many free slots. */
function stageWith(
  waiting: number,
  { capacity = 10_000, vcpus }: { capacity?: number; vcpus?: number } = {},
) {
  const queue = Array.from({ length: waiting }, (_, number): Item => {
    const size = vcpus === undefined ? {} : { vcpus };
    const queued = {
      ...size,
      number,
      runId: `${number}`,
      machineArn: 'machine',
      party: `owner${number % 7}`,
    };
    return queuedCodec.write(keys.queued(queued.party, number), queued);
  }).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  const taken: number[] = [];
  const calls = { list: 0, transact: 0, start: 0, message: 0 };
  const table = {
    get: async () => undefined,
    async list(_where: unknown, { after = '', limit = queue.length }: RangeOptions = {}) {
      calls.list += 1;
      return queue.filter(({ sk }) => sk > after).slice(0, limit);
    },
    async transact(writes: readonly { readonly removed?: string; readonly change?: Change }[]) {
      calls.transact += 1;
      taken.push(...writes.flatMap(({ change }) => change?.add?.inUse ?? []));
      const removed = writes.map((write) => write.removed);
      const position = queue.findIndex(({ sk }) => removed.includes(sk));
      queue.splice(position, 1);
    },
    write: {
      update: (_key: unknown, change: Change) => ({ change }),
      remove: ({ sk }: { sk: string }) => ({ removed: sk }),
    },
  };
  const services = {
    table,
    config: { capacity },
    now: () => new Date(),
    metrics: { record: () => undefined },
    messages: {
      async dispatch() {
        calls.message += 1;
      },
    },
    executions: {
      async start() {
        calls.start += 1;
        return true;
      },
    },
  } as unknown as Services;
  return { services, calls, taken, left: () => queue.length };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a dispatcher with 2,000 waiting runs', () => {
  it('admits them in passes of 500, and requests the next pass while some are left (report 18)', async () => {
    const { services, calls, left } = stageWith(2000);
    const passes: number[] = [];
    while (left() > 0) passes.push(await dispatch(services));
    expect(passes).toEqual([500, 500, 500, 500]);
    expect(calls).toMatchObject({ transact: 2000, start: 2000, message: 3 });
    expect(calls.list).toBeLessThan(2500);
  });

  it('ends a pass after 20 of its 60 seconds (report 18)', async () => {
    const { services, calls, left } = stageWith(2000);
    let seconds = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      seconds += 1;
      return seconds * 1000;
    });
    expect(await dispatch(services)).toBeLessThanOrEqual(20);
    expect(left()).toBeGreaterThan(1900);
    expect(calls.message).toBe(1);
  });
});

describe('a run', () => {
  it('takes its vCPUs, and one if an earlier release queued it', async () => {
    const large = stageWith(1, { vcpus: 4 });
    await dispatch(large.services);
    const earlier = stageWith(1);
    await dispatch(earlier.services);
    expect([large.taken, earlier.taken]).toEqual([[4], [1]]);
  });

  it('takes the whole capacity if that is lower than at its start, so that it does not wait for good', async () => {
    const { services, taken } = stageWith(1, { capacity: 2, vcpus: 4 });
    expect(await dispatch(services)).toBe(1);
    expect(taken).toEqual([2]);
  });
});
