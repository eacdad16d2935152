import { describe, expect, it } from 'vitest';
import { reuseOfSteps } from '../../../shared/runs/step-reuse.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import { REUSE_DAYS, recordingWrites, withRecording } from '../../../shared/runs/steps/reuse.ts';
import { createActions } from '../../../shared/store/actions.ts';
import { WORK_DAYS } from '../../../shared/volumes/work-days.ts';
import { facts } from '../../provenance/run-facts.ts';
import { stepRecord } from './step-records.ts';

const at = new Date('2026-01-01T00:00:00Z');
const services = {
  table: { write: createActions('table') } as Parameters<typeof recordingWrites>[0]['table'],
  now: () => at,
};
const recorded: Partial<StepRecord> = {
  state: 'success',
  imageDigest: `sha256:${'0'.repeat(64)}`,
  reuse: { key: 'k', parts: { files: 'f' }, missed: 'no outputs' },
};
const record = (change: Partial<StepRecord> = {}) => stepRecord(0, { ...recorded, ...change });
const { run } = facts();
const writes = (change: Partial<StepRecord> = {}, report: string | undefined = 'r', of = run) =>
  recordingWrites(services, of, record(change), report);

describe('the outputs of a step', () => {
  it('are recorded below the group of its run, under its key and as the latest', () => {
    const items = writes().map(({ Put }) => Put?.Item);
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ pk: 'GROUP#G', sk: 'REUSE#k', runId: run.id, attempt: 1, report: 'r' });
    expect(items[1]).toMatchObject({ pk: 'GROUP#G', runId: run.id });
  });

  it('of post-processing are recorded below the workflow', () => {
    const { groupId: _, ...postproc } = run;
    expect(writes({}, 'r', postproc)[0]?.Put?.Item).toMatchObject({ pk: 'WORKFLOW#W' });
  });

  it.each<[string, Partial<StepRecord>]>([
    ['failed', { state: 'failed' }],
    ['waits', { state: 'waiting' }],
    ['has no key', { reuse: { missed: 'no digest' } }],
    ['does not ask for it', { reuse: undefined }],
    [
      'took them from another run',
      { reuse: { key: 'k', parts: {}, from: { runId: 'a', step: 0, attempt: 1 } } },
    ],
    ['needed two attempts', { attempt: 2 }],
    ['ran in an unknown image', { imageDigest: undefined }],
  ])('are not recorded if the step %s', (_, change) => {
    expect(writes(change)).toEqual([]);
  });

  it('are not recorded without a report', () => {
    expect(recordingWrites(services, run, record(), undefined)).toEqual([]);
  });

  it('are not taken after other objects of the run expired', () => {
    expect(REUSE_DAYS).toBeLessThan(WORK_DAYS);
    const expiresAt = at.getTime() + REUSE_DAYS * 86_400_000;
    expect(writes()[0]?.Put?.Item).toMatchObject({ expiresAt, ttl: expiresAt / 1000 + 1 });
  });
});

describe('what a run says about its cached steps', () => {
  const from = { runId: 'a', step: 0, attempt: 1 };

  it('is the other run, or why a step was executed', () => {
    const steps = [
      record({ name: 'one', reuse: { key: 'k', from } }),
      record({ name: 'two', reuse: { missed: 'no digest' } }),
      record({ name: 'three', reuse: undefined }),
      record({ name: 'four', state: 'running', reuse: { key: 'k', from } }),
    ];
    expect(reuseOfSteps(steps)).toEqual([
      { step: 'one', runId: 'a' },
      { step: 'two', reason: 'no digest' },
      { step: 'four', reason: 'the run ended before the recorded outputs were copied' },
    ]);
  });

  it('includes why its own outputs are not recorded', () => {
    const [one, two] = [record({ imageDigest: undefined }), record({ attempt: 2 })].map(withRecording);
    expect(one?.reuse?.unrecorded).toContain('the platform did not report the image that ran');
    expect(two && reuseOfSteps([two])[0]?.reason).toBe(
      'no outputs; its own outputs are not recorded, because it needed more than one attempt',
    );
    expect(withRecording(record()).reuse).not.toHaveProperty('unrecorded');
    expect(withRecording(record({ state: 'failed', attempt: 2 })).reuse).not.toHaveProperty('unrecorded');
  });

  it('is bounded', () => {
    const steps = Array.from({ length: 200 }, () => record({ name: 'n'.repeat(500) }));
    const bytes = Buffer.byteLength(JSON.stringify(reuseOfSteps(steps)));
    expect(bytes).toBeLessThanOrEqual(25_000 + 2);
  });
});
