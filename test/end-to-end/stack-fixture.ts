import { afterAll, beforeAll, expect } from 'vitest';
import type { StackOptions } from '../../infra/local/stack.ts';
import { expectConsistency } from './consistency.ts';
import { type RunningStack, runStack } from './running-stack.ts';

export interface StackFixture extends Pick<StackOptions, 'isolate' | 'onCall'> {
  /** Settings of the stack, as its operator makes them. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What the stack is checked for after the last test: that all it has stored is consistent, or that it has reported no
   * fault. Nothing by default.
   */
  readonly check?: 'consistency' | 'faults';
  /** Promises that nothing but commands of the operator uses the operator's keys: those calls are recorded, too. */
  readonly commandsOnly?: boolean;
}

/**
 * Runs a stack for the tests of a file, or of the `describe` that calls this: it starts before their `beforeAll` hooks
 * and is closed after their `afterAll` hooks.
 *
 * @returns the stack, which can be used in hooks and tests, and not before
 */
export function useStack({ env = {}, check, ...options }: StackFixture = {}): RunningStack {
  let running: RunningStack | undefined;
  beforeAll(async () => {
    running = await runStack(env, options);
  });
  afterAll(async () => {
    if (!running) return;
    const { services, faults } = running;
    try {
      if (check === 'consistency') await expectConsistency(services);
    } finally {
      await running.close();
    }
    if (check === 'faults') expect(faults).toEqual([]);
  });
  return new Proxy({} as RunningStack, {
    get(_target, name) {
      if (!running) throw new Error('the stack runs while hooks and tests run, and not before');
      return Reflect.get(running, name);
    },
  });
}
