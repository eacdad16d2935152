import { describe, expect, it } from 'vitest';
import type { StepOutcome } from '../../../shared/engine/next-step-protocol.ts';
import { decide } from '../../../shared/runs/steps/decide.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import { MAX_TRANSFER_FAILURES } from '../../../shared/runs/steps/transfer.ts';

const now = '2026-01-01T00:01:00.000Z';
const step = (index: number, more = {}) => ({
  ...{ index, name: `step ${index}`, skipped: false, participantCode: false, image: 'python:3.9' },
  ...{ commands: ['true'], variables: {}, env: {}, inputs: [], outputs: [] },
  ...more,
});
const steps = [step(0, { volume: 'lab' }), step(1, { fetches: [{ volume: 'lab', path: 'a' }] })];
const status = {
  ...{
    v: 1 as const,
    step: { index: 0, name: 'step 0', attempt: 1 },
    attempt: 1,
    exitCode: 0,
    failure: null,
  },
  ...{
    startedAt: now,
    finishedAt: now,
    commands: [],
    outputs: [],
    result: null,
    archive: null,
    warnings: [],
  },
};
const next = (
  records: readonly StepRecord[],
  outcome: StepOutcome | null = null,
  at = now,
  transfers = true,
) => decide({ steps, records, outcome, statuses: new Map([[0, status]]), now: at, transfers });
const ended = (phase: 'before' | 'after', attempt: number, more = {}, index = 0): StepOutcome => ({
  ...{ step: index, attempt },
  transfer: { phase, failure: '', permanent: false, ...more },
});
const stopped: StepOutcome = {
  ...{ step: 0, attempt: 1 },
  task: {
    taskArn: 'arn',
    stopCode: 'EssentialContainerExited',
    stoppedReason: '',
    exitCode: 0,
    imageDigest: '',
  },
};
const running = (record: StepRecord | undefined): StepRecord => ({
  ...{ index: 0, name: 'step 0', image: 'python:3.9', startedAt: now, ...record },
  ...{ state: 'running', attempt: 1, ticketHash: 'hash' },
});

describe('a step on a storage volume', () => {
  it('runs between two transfers, and is a success after the second', () => {
    const first = next([]);
    expect(first.action).toEqual({ kind: 'transfer', step: 0, attempt: 0, phase: 'before' });
    expect(first.recorded).toMatchObject([{ state: 'transferring', attempt: 0, ticketHash: '' }]);
    // A lost response: the same transfer again.
    expect(next(first.recorded)).toEqual({ recorded: [], action: first.action });
    const fetched = next(first.recorded, ended('before', 0));
    expect(fetched.action).toEqual({ kind: 'run', step: 0, attempt: 1 });
    const done = next([running(fetched.recorded[0])], stopped);
    expect(done.action).toEqual({ kind: 'transfer', step: 0, attempt: 1, phase: 'after' });
    expect(done.recorded).toMatchObject([{ state: 'transferring', attempt: 1, exitCode: 0 }]);
    const stored = next(done.recorded, ended('after', 1));
    expect(stored.recorded[0]).toMatchObject({ state: 'success', exitCode: 0 });
    expect(stored.recorded[0]).not.toHaveProperty('transfer');
    expect(stored.action).toEqual({ kind: 'transfer', step: 1, attempt: 0, phase: 'before' });
    expect(stored.recorded.map(({ index }) => index)).toEqual([0, 1]);
  });

  it('counts the outcome of a transfer once, and only for the transfer that is due', () => {
    const { recorded } = next([]);
    const fetched = next(recorded, ended('before', 0)).recorded;
    expect(next(fetched, ended('before', 0))).toMatchObject({ recorded: [], action: { kind: 'run' } });
    expect(next(recorded, ended('after', 0)).recorded).toEqual([]);
    expect(next(recorded, ended('before', 1)).recorded).toEqual([]);
    expect(next([running(undefined)], ended('after', 1)).recorded).toEqual([]);
  });

  it('tries a transfer again after growing pauses, then fails without an exit code', () => {
    let records = next([]).recorded;
    const pauses: number[] = [];
    for (let failure = 1; failure < MAX_TRANSFER_FAILURES; failure += 1) {
      const { recorded, action } = next(records, ended('before', 0, { failure: 'no connection' }));
      if (action.kind !== 'wait') throw new Error('does not wait');
      pauses.push(action.seconds);
      records = recorded;
      const later = new Date(Date.parse(now) + action.seconds * 1000).toISOString();
      expect(next(records, null, later).action.kind).toBe('transfer');
    }
    expect(pauses.slice(0, 7)).toEqual([2, 4, 8, 16, 32, 60, 60]);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(14 * 60);
    const last = next(records, ended('before', 0, { failure: 'no connection' }));
    expect(last).toMatchObject({
      recorded: [{ state: 'failed', reason: 'no connection' }],
      action: { kind: 'done' },
    });
  });

  it('fails immediately if a repetition would fail again, also after its program succeeded', () => {
    const after = next([running(undefined)], stopped).recorded;
    const { recorded, action } = next(
      after,
      ended('after', 1, { failure: 'too many files', permanent: true }),
    );
    expect(action).toEqual({ kind: 'done' });
    expect(recorded).toMatchObject([{ state: 'failed', reason: 'too many files' }]);
    expect(recorded[0]).not.toHaveProperty('exitCode');
  });

  it('counts an interrupted function as a failure', () => {
    const error = { name: 'Sandbox.Timedout', cause: 'Task timed out after 900.00 seconds' };
    const { recorded, action } = next(next([]).recorded, { ...ended('before', 0), error });
    expect(action).toMatchObject({ kind: 'wait', seconds: 2 });
    expect(recorded).toMatchObject([
      { transfer: { failures: 1 }, reason: expect.stringContaining('interrupted') },
    ]);
  });

  it('has no effect with a state machine of an earlier release', () => {
    expect(next([], null, now, false)).toEqual({
      recorded: [],
      action: { kind: 'run', step: 0, attempt: 1 },
    });
    expect(next([running(undefined)], stopped, now, false).recorded).toMatchObject([{ state: 'success' }]);
  });
});
