import { describe, expect, it } from 'vitest';
import { stateOf, taskView } from '../../shared/api/wes/views.ts';
import type { StepRecord } from '../../shared/runs/steps/record.ts';
import { stepRecord } from '../runs/steps/step-records.ts';

const record = (more: Partial<StepRecord>): StepRecord =>
  stepRecord(1, {
    ...{ name: 'score', state: 'failed', ticketHash: 'secret' },
    startedAt: '2026-01-02T03:04:05.678000+00:00',
    ...more,
  });

describe('a task of GA4GH WES', () => {
  it('shows what participants read about a step, and nothing else', () => {
    const step = record({ finishedAt: '2026-01-02T03:05:05.000000+00:00', exitCode: 3, reason: 'full' });
    const shown = {
      id: '1',
      name: 'score',
      start_time: '2026-01-02T03:04:05Z',
      end_time: '2026-01-02T03:05:05Z',
      system_logs: ['full'],
    };
    expect(taskView(step, false)).toEqual({ ...shown, exit_code: 3 });
    expect(taskView(step, true)).toEqual(shown);
  });

  it('shows the exit code of a step with private output if messages show it', () => {
    expect(taskView(record({ exitCode: 3 }), true)).toMatchObject({ exit_code: 3, system_logs: [] });
  });
});

describe('a failed run', () => {
  it('is SYSTEM_ERROR if the platform failed it, otherwise EXECUTOR_ERROR', () => {
    expect(stateOf({ state: 'ERROR', platformFailed: true })).toBe('SYSTEM_ERROR');
    expect(stateOf({ state: 'ERROR', platformFailed: false })).toBe('EXECUTOR_ERROR');
    expect(stateOf({ state: 'ERROR' })).toBe('EXECUTOR_ERROR');
    expect(stateOf({ state: 'SUCCESS' })).toBe('COMPLETE');
  });
});
