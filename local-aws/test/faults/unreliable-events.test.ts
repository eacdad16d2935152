import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../faults/random.ts';
import { deliveries, unreliableCalls } from '../../faults/unreliable-events.ts';
import type { FunctionHost } from '../../lambda/function-host.ts';

afterEach(() => vi.useRealTimers());

/** A host that records its calls. */
function recordingHost() {
  const calls: unknown[] = [];
  const host: FunctionHost = {
    invoke: async (_name, event) => {
      calls.push(event);
      return `response ${event}`;
    },
    close: async () => {},
  };
  return { host, calls };
}

describe('events of the bus', () => {
  it('are lost, delivered once or twice, and out of order', () => {
    const plan = deliveries(createRandom(1, 'events'));
    const plans = Array.from({ length: 1_000 }, plan);
    for (const count of [0, 1, 2]) {
      expect(plans.filter(({ length }) => length === count).length).toBeGreaterThan(100);
    }
    const delays = plans.flat();
    expect(Math.min(...delays)).toBeLessThan(100);
    expect(Math.max(...delays)).toBeGreaterThan(1_900);
  });
});

describe('calls with messages', () => {
  it('are never lost, sometimes made twice, and out of order', async () => {
    vi.useFakeTimers();
    const { host, calls } = recordingHost();
    const unreliable = unreliableCalls(createRandom(1, 'events'), host);
    const sent = Array.from({ length: 200 }, (_, index) => index);
    const responses = Promise.all(sent.map((event) => unreliable.invoke('f', event)));
    await vi.runAllTimersAsync();

    expect(await responses).toEqual(sent.map((event) => `response ${event}`));
    expect([...new Set(calls)].sort((a, b) => Number(a) - Number(b))).toEqual(sent);
    expect(calls.length).toBeGreaterThan(sent.length + 20);
    expect(calls).not.toEqual(calls.toSorted((a, b) => Number(a) - Number(b)));
  });

  it('are not repeated after the host is closed', async () => {
    vi.useFakeTimers();
    const { host, calls } = recordingHost();
    // Made twice, the second call late; the first call immediately.
    const drawn = [0, 1, 0];
    const unreliable = unreliableCalls(() => drawn.shift() ?? 0, host);
    const response = unreliable.invoke('f', 1);
    await vi.advanceTimersByTimeAsync(1);
    await response;
    await unreliable.close();
    await vi.runAllTimersAsync();
    expect(calls).toEqual([1]);
  });
});
