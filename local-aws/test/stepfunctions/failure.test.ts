import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Retrier } from '../../stepfunctions/definition.ts';
import { matches, retryDelay, StateFailure } from '../../stepfunctions/failure.ts';

describe('error names', () => {
  it.each<[readonly string[], string | undefined, boolean]>([
    [['States.ALL'], 'Anything', true],
    [['States.ALL'], undefined, true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.QueryEvaluationError', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.TaskFailed'], 'Anything', true],
    [['States.TaskFailed'], 'States.QueryEvaluationError', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.Runtime', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['ECS.ServerException', 'AmazonECS.Unknown'], 'AmazonECS.Unknown', true],
    [['ecs.serverexception'], 'ECS.ServerException', false],
  ])('%o matches %s: %s', (errorEquals, error, expected) => {
    expect(matches(errorEquals, error)).toBe(expected);
  });

  it('are truncated to 256 characters, causes to 32,768', () => {
    const failure = new StateFailure('e'.repeat(300), 'c'.repeat(40_000));

    expect([failure.error?.length, failure.detail?.length]).toEqual([256, 32_768]);
  });
});

describe('the delay before a retry', () => {
  const retrier = (fields: Partial<Retrier>): Retrier => ({
    ErrorEquals: ['A'],
    IntervalSeconds: 3,
    MaxAttempts: 9,
    BackoffRate: 2,
    JitterStrategy: 'NONE',
    ...fields,
  });

  it('grows by the backoff rate up to MaxDelaySeconds', () => {
    const delays = [0, 1, 2, 3].map((taken) => retryDelay(retrier({ MaxDelaySeconds: 10 }), taken, 0.5));

    expect(delays).toEqual([3000, 6000, 10_000, 10_000]);
  });

  it('is between 0 and the full delay with full jitter', () => {
    const full = retrier({ JitterStrategy: 'FULL' });

    expect([0, 0.5, 0.999].map((random) => retryDelay(full, 1, random))).toEqual([0, 3000, 5994]);
  });

  it('remains a finite number after any number of retries', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.double({ min: 1, max: 1e6, noNaN: true }), (taken, BackoffRate) => {
        const delay = retryDelay(retrier({ BackoffRate }), taken, 0);
        expect(Number.isSafeInteger(delay) && delay >= 3000).toBe(true);
      }),
    );
  });
});
