import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createScheduler, type Scheduler } from '../../scheduler/scheduler.ts';

const schedulers: Scheduler[] = [];
const start = (...args: Parameters<typeof createScheduler>) => {
  const scheduler = createScheduler(...args);
  schedulers.push(scheduler);
  return scheduler;
};

afterEach(async () => {
  await Promise.all(schedulers.splice(0).map((scheduler) => scheduler.close()));
});

describe('the scheduler', () => {
  it('calls each schedule repeatedly, also after a failure', async () => {
    const sweep = vi.fn(() => {
      throw new Error('table not found');
    });
    const dispatch = vi.fn(async () => {});
    const onError = vi.fn();
    start({
      schedules: [
        { name: 'sweep', everySeconds: 0.005, invoke: sweep },
        { name: 'dispatch', everySeconds: 0.005, invoke: dispatch },
      ],
      onError,
    });

    await vi.waitFor(() => {
      expect(sweep.mock.calls.length).toBeGreaterThan(2);
      expect(dispatch.mock.calls.length).toBeGreaterThan(2);
    });

    expect(onError).toHaveBeenCalledWith('sweep', expect.objectContaining({ message: 'table not found' }));
  });

  it('makes no call before the end of the first interval', async () => {
    const invoke = vi.fn();
    const scheduler = start({ schedules: [{ name: 'later', everySeconds: 3600, invoke }] });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await scheduler.close();
    expect(invoke).not.toHaveBeenCalled();
  });

  it('waits for a running call when it closes, and makes no more calls', async () => {
    const log: string[] = [];
    const called = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const scheduler = start({
      schedules: [
        {
          name: 'slow',
          everySeconds: 0.005,
          async invoke() {
            called.resolve();
            await gate.promise;
            log.push('ended');
          },
        },
      ],
    });
    await called.promise;

    const closing = scheduler.close().then(() => log.push('closed'));
    gate.resolve();
    await closing;
    const atClose = [...log];
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(atClose[0]).toBe('ended');
    expect(atClose.at(-1)).toBe('closed');
    expect(log).toEqual(atClose);
  });

  it.each([0, -1, Number.NaN])('rejects an interval of %s seconds', (everySeconds) => {
    expect(() => createScheduler({ schedules: [{ name: 'x', everySeconds, invoke: () => {} }] })).toThrow(
      "schedule 'x' needs an interval above 0 seconds",
    );
  });

  it('does not keep a process alive', () => {
    const module = new URL('../../scheduler/scheduler.ts', import.meta.url).href;
    const program = `import { createScheduler } from ${JSON.stringify(module)};
      createScheduler({ schedules: [{ name: 'x', everySeconds: 3600, invoke: () => {} }] });`;

    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });

    expect(child.status).toBe(0);
  });
});
