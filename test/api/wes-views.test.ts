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

const view = (step: StepRecord, isPrivate: boolean) => {
  const api = { url: 'https://host/api' };
  return taskView(api, 'r1', step, { commands: ['score.sh'] }, isPrivate);
};

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
    const output = 'https://host/api/runs/r1/logs/1';
    const links = { stdout: `${output}/stdout`, stderr: `${output}/stderr` };
    expect(view(step, false)).toEqual({ ...shown, exit_code: 3, cmd: ['score.sh'], ...links });
    expect(view(step, true)).toEqual(shown);
  });

  it('has no output if the step took that of another run', () => {
    const reuse = { from: { runId: 'r0', step: 0, attempt: 1 } };
    expect(view(record({ state: 'success', reuse }), false)).not.toHaveProperty('stdout');
  });

  it('shows the exit code of a step with private output if messages show it', () => {
    expect(view(record({ exitCode: 3 }), true)).toMatchObject({ exit_code: 3, system_logs: [] });
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
