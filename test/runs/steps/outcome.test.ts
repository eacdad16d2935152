import { describe, expect, it } from 'vitest';
import { failedByPlatform, runOutcome, stepWarnings } from '../../../shared/runs/steps/outcome.ts';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import type { StepStatus } from '../../../shared/staging/protocol.ts';
import { stepStatusSchema } from '../../../shared/staging/protocol-schema.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { stepRecord, stepStatus } from './step-records.ts';

const step = (index: number, skipped = false) => plannedStep(index, { skipped });
const record = (index: number, state: StepRecord['state'], more: Partial<StepRecord> = {}) =>
  stepRecord(index, { state, ...more });
const status = (...commands: [string, string][]): StepStatus =>
  stepStatus(0, {
    exitCode: 1,
    commands: commands.map(([stdout, stderr]) => ({ stdout, stderr, truncated: false })),
  });
const none = new Map<number, StepStatus>();

describe('stepWarnings', () => {
  it("names the step of each warning, hides those of private steps, and removes the operator's paths", () => {
    const records = [record(0, 'success'), record(1, 'success')];
    const statuses = new Map([
      [
        0,
        {
          ...status(),
          warnings: [
            { code: 'file.dropped', message: "'run-123456789012.csv' was dropped" },
            { code: 'log.not-stored', message: 'the logs cannot be read: /srv/tasks/4/log' },
          ],
        },
      ],
      [1, { ...status(), warnings: [{ code: 'file.dropped', message: 'secret' }] }],
    ]);
    expect(stepWarnings(records, statuses, (index) => index === 1)).toEqual([
      { code: 'file.dropped', message: "step 'step 0': 'run-123456789012.csv' was dropped" },
      { code: 'log.not-stored', message: "step 'step 0': the logs cannot be read: (path)" },
      { code: 'step.private', message: "step 'step 1' has warnings; the output of this step is private" },
    ]);
  });
});

describe('the report of a step', () => {
  it('accepts warnings as plain sentences, which tasks of earlier releases write', () => {
    const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' };
    const report = stepStatusSchema.parse({ ...status(), ...times, warnings: ["'fifo' was dropped"] });
    expect(report.warnings).toEqual([{ code: 'file.dropped', message: "'fifo' was dropped" }]);
    const current = {
      ...status(),
      ...times,
      warnings: [{ code: 'archive.not-made', message: 'the disk is full' }],
    };
    expect(stepStatusSchema.parse(current)).toEqual(current);
  });
});

describe('failedByPlatform', () => {
  it('is true unless a step failed with an exit code', () => {
    const ended = record(0, 'success', { exitCode: 0 });
    expect(failedByPlatform([ended, record(1, 'failed', { exitCode: 1 })])).toBe(false);
    expect(failedByPlatform([ended, record(1, 'failed', { reason: 'no image' })])).toBe(true);
    expect(failedByPlatform([ended, record(1, 'running')])).toBe(true);
    expect(failedByPlatform([ended])).toBe(true);
  });
});

describe('runOutcome', () => {
  it('is SUCCESS once every step that is not skipped succeeded', () => {
    const steps = [step(0), step(1, true), step(2)];
    const records = [record(0, 'success'), record(2, 'success')];
    expect(runOutcome(steps, records, none)).toEqual({ state: 'SUCCESS', last: records[1] });
    expect(runOutcome(steps, records.slice(0, 1), none)).toEqual({ state: 'OPEN' });
    expect(runOutcome(steps, [], none)).toEqual({ state: 'OPEN' });
  });

  it('is open while a step runs or waits', () => {
    for (const state of ['running', 'waiting'] as const) {
      expect(runOutcome([step(0)], [record(0, state)], none)).toEqual({ state: 'OPEN' });
    }
  });

  it('returns all standard output, then all standard error, of all executed steps', () => {
    const records = [record(0, 'success'), record(1, 'failed', { exitCode: 3 })];
    const statuses = new Map([
      [0, status(['out a', 'err a'], ['', ' '])],
      [1, status(['out b', 'err b'])],
    ]);
    expect(runOutcome([step(0), step(1)], records, statuses)).toEqual({
      state: 'ERROR',
      messages: ['out a', 'out b', 'err a', 'err b', "step 'step 1' ended with exit code 3"],
    });
  });

  it('returns the reason of the platform, or the exit code', () => {
    const failed = record(0, 'failed', { reason: 'no capacity' });
    expect(runOutcome([step(0)], [failed], none)).toEqual({
      state: 'ERROR',
      messages: ["step 'step 0': no capacity"],
    });
    const silent = record(0, 'failed', { exitCode: 7 });
    expect(runOutcome([step(0)], [silent], none)).toEqual({
      state: 'ERROR',
      messages: ["step 'step 0' ended with exit code 7"],
    });
  });

  it('returns only name and exit code of a step with private output', () => {
    const statuses = new Map([
      [0, status(['truth', ''])],
      [1, status(['mine', ''])],
      [2, status(['truth', 'truth'])],
    ]);
    const isPrivate = (index: number) => index !== 1;
    const messagesOf = (failed: StepRecord) =>
      runOutcome([], [record(0, 'success'), record(1, 'success'), failed], statuses, isPrivate);
    expect(messagesOf(record(2, 'failed', { exitCode: 3 }))).toEqual({
      state: 'ERROR',
      messages: ['mine', "step 'step 2' ended with exit code 3; the output of this step is private"],
    });
    expect(messagesOf(record(2, 'failed', { reason: 'no capacity' }))).toEqual({
      state: 'ERROR',
      messages: ['mine', "step 'step 2': no capacity"],
    });
  });

  it('cuts messages that would not fit into an item, without half characters', () => {
    const text = '😀'.repeat(60_000);
    const outcome = runOutcome(
      [step(0)],
      [record(0, 'failed')],
      new Map([[0, status([`x${text}`, '\ud83d'])]]),
    );
    const messages = outcome.state === 'ERROR' ? outcome.messages : [];
    expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThan(390_000);
    expect(messages[0]?.endsWith(' … (cut)')).toBe(true);
    expect(messages.every((message) => message.isWellFormed())).toBe(true);
  });
});
