import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type BusEvent,
  createEventBus,
  type EventBus,
  type EventBusOptions,
} from '../../eventbridge/event-bus.ts';

const buses: EventBus[] = [];

function busOf(options: Partial<EventBusOptions> & Pick<EventBusOptions, 'rules'>): EventBus {
  const bus = createEventBus({ region: 'eu-west-1', accountId: '123456789012', ...options });
  buses.push(bus);
  return bus;
}

const STATUS_CHANGE = {
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: { status: 'SUCCEEDED', name: 'run1' },
};
const ALL = { source: ['aws.states'] };

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

describe('the event bus', () => {
  it('completes the envelope and delivers to every rule that matches', async () => {
    const first = vi.fn(async (_event: BusEvent) => {});
    const second = vi.fn(async (_event: BusEvent) => {});
    const other = vi.fn(async (_event: BusEvent) => {});
    const bus = busOf({
      rules: [
        { name: 'first', pattern: ALL, target: first },
        { name: 'second', pattern: { detail: { status: ['SUCCEEDED', 'FAILED'] } }, target: second },
        { name: 'other', pattern: { source: ['aws.ecs'] }, target: other },
      ],
    });

    const id = bus.put({ ...STATUS_CHANGE, resources: ['arn:x'], time: new Date(1_568_546_599_900) });
    await vi.waitFor(() => expect(second).toHaveBeenCalled());

    expect(first).toHaveBeenCalledExactlyOnceWith({
      version: '0',
      id,
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '123456789012',
      time: '2019-09-15T11:23:19Z',
      region: 'eu-west-1',
      resources: ['arn:x'],
      detail: { status: 'SUCCEEDED', name: 'run1' },
    });
    expect(second).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
  });

  it('retries a delivery until it succeeds, each time with a new copy of the event', async () => {
    const seen: string[] = [];
    const bus = busOf({
      retry: { firstDelayMs: 1 },
      rules: [
        {
          name: 'flaky',
          pattern: ALL,
          async target(event) {
            seen.push(JSON.stringify(event));
            Object.assign(event, { detail: 'spoiled' });
            if (seen.length < 4) throw new Error('not yet');
          },
        },
      ],
    });

    bus.put(STATUS_CHANGE);
    await vi.waitFor(() => expect(seen).toHaveLength(4));

    expect(new Set(seen).size).toBe(1);
  });

  it('stops after the last attempt and calls onUndelivered', async () => {
    const target = vi.fn(() => {
      throw new Error('down');
    });
    const onUndelivered = vi.fn();
    const bus = busOf({
      retry: { attempts: 2, firstDelayMs: 1 },
      onUndelivered,
      rules: [{ name: 'down', pattern: ALL, target }],
    });

    const id = bus.put(STATUS_CHANGE);
    await vi.waitFor(() => expect(onUndelivered).toHaveBeenCalled());

    expect(target).toHaveBeenCalledTimes(3);
    expect(onUndelivered).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ id }),
      'down',
      expect.objectContaining({ message: 'down' }),
    );
  });

  it('drops, duplicates and reorders events as planned', async () => {
    const seen: unknown[] = [];
    const plans = new Map<unknown, readonly number[]>([
      ['dropped', []],
      ['duplicated', [0, 1]],
      ['late', [40]],
      ['early', [5]],
    ]);
    const bus = busOf({
      plan: (event) => plans.get(event.detail) ?? [0],
      rules: [{ name: 'all', pattern: ALL, target: async (event) => seen.push(event.detail) }],
    });

    for (const detail of ['dropped', 'late', 'early', 'duplicated']) bus.put({ ...STATUS_CHANGE, detail });
    await vi.waitFor(() => expect(seen).toContain('late'));

    expect(seen.toSorted()).toEqual(['duplicated', 'duplicated', 'early', 'late']);
    expect(seen.indexOf('early')).toBeLessThan(seen.indexOf('late'));
  });

  it('waits for running deliveries when it closes, and delivers nothing afterwards', async () => {
    const log: string[] = [];
    const started = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const bus = busOf({
      rules: [
        {
          name: 'slow',
          pattern: ALL,
          async target() {
            log.push('started');
            started.resolve();
            await gate.promise;
            log.push('ended');
          },
        },
      ],
    });
    bus.put(STATUS_CHANGE);
    await started.promise;

    const closing = bus.close().then(() => log.push('closed'));
    bus.put(STATUS_CHANGE);
    gate.resolve();
    await closing;
    await new Promise((resolve) => setTimeout(resolve, 10));

    expect(log).toEqual(['started', 'ended', 'closed']);
  });

  it('rejects unsupported patterns', () => {
    const pattern = { source: [{ 'anything-but': 'x' }] };
    const rules: unknown = [{ name: 'odd', pattern, target: async () => {} }];
    const create = () => Reflect.apply(createEventBus, undefined, [{ region: 'r', accountId: 'a', rules }]);
    expect(create).toThrow(/rule 'odd' is not supported/);
  });
});
