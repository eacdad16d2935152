import { expect } from 'vitest';
import type { StackOptions } from '../../infra/local/stack.ts';
import { useRunning } from '../running.ts';
import { expectConsistency } from './consistency.ts';
import { type RunningStack, runStack } from './running-stack.ts';

type Settings = Readonly<Record<string, string>>;

export interface StackFixture extends Pick<StackOptions, 'isolate' | 'onCall'> {
  /** Settings of the stack, as environment variables; a function for those that an earlier fixture decides. */
  readonly env?: Settings | (() => Settings);
  /**
   * The check after the last test: that all stored data is consistent, or that the stack reported no fault. No check by
   * default.
   */
  readonly check?: 'consistency' | 'faults';
  /**
   * Promises that only commands of the operator use the operator's keys, so that these calls are recorded as well.
   */
  readonly commandsOnly?: boolean;
}

/**
 * Runs a stack for the tests of a file, or of the `describe` that calls this: it starts before their `beforeAll` hooks
 * and is closed after their `afterAll` hooks.
 *
 * @returns the stack, which can be used only in hooks and tests
 */
export function useStack({ env = {}, check, ...options }: StackFixture = {}): RunningStack {
  return useRunning(
    () => runStack(typeof env === 'function' ? env() : env, options),
    async ({ services, faults, close }) => {
      try {
        if (check === 'consistency') await expectConsistency(services);
      } finally {
        await close();
      }
      if (check === 'faults') expect(faults).toEqual([]);
    },
  );
}
