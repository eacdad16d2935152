import { afterEach, describe, expect, it, vi } from 'vitest';
import { dispatch } from '../../shared/runs/dispatch.ts';
import { queuedCodec } from '../../shared/runs/queue.ts';
import type { Services } from '../../shared/services/services.ts';
import type { Item, RangeOptions } from '../../shared/store/item.ts';
import { keys } from '../../shared/store/keys.ts';

/** A stage with this many waiting runs of several queue owners, and with as many free slots. */
function stageWith(waiting: number) {
  const queue = Array.from({ length: waiting }, (_, number): Item => {
    const queued = { number, runId: `${number}`, machineArn: 'machine', party: `owner${number % 7}` };
    return queuedCodec.write(keys.queued(queued.party, number), queued);
  }).sort((a, b) => (a.sk < b.sk ? -1 : 1));
  const calls = { list: 0, transact: 0, start: 0, message: 0 };
  const table = {
    get: async () => undefined,
    async list(_where: unknown, { after = '', limit = queue.length }: RangeOptions = {}) {
      calls.list += 1;
      return queue.filter(({ sk }) => sk > after).slice(0, limit);
    },
    async transact(writes: readonly { readonly removed?: string }[]) {
      calls.transact += 1;
      const removed = writes.map((write) => write.removed);
      const position = queue.findIndex(({ sk }) => removed.includes(sk));
      queue.splice(position, 1);
    },
    write: { update: () => ({}), remove: ({ sk }: { sk: string }) => ({ removed: sk }) },
  };
  const services = {
    table,
    config: { capacity: 10_000 },
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
  return { services, calls, left: () => queue.length };
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
