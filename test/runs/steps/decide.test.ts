import { describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS, MAX_REFUSALS } from '../../../shared/runs/steps/ended-attempt.ts';
import type { StepStatus } from '../../../shared/staging/protocol.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { decide } from './decide-one.ts';
import { stepRecord as record, stepStatus } from './step-records.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const now = '2026-01-01T00:01:00.000Z';
const step = (index: number, skipped = false) => plannedStep(index, { skipped });
const status = (exitCode: number | null, failure: StepStatus['failure'] = null) =>
  stepStatus(0, { exitCode, failure });
const stopped = (exitCode: number) => ({
  step: 0,
  attempt: 1,
  task: {
    taskArn: 'arn',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'done',
    exitCode,
    imageDigest: '',
  },
});
const steps = [step(0), step(1, true), step(2)];

describe('decide', () => {
  it('repeats a step whose end the platform did not report', () => {
    const report = status(null, {
      code: 'not-stopped',
      message: 'the platform did not report the end of the step',
    });
    const { recorded, action } = decide({
      steps,
      records: [record(0)],
      outcome: stopped(137),
      status: report,
      now,
    });
    expect(recorded).toMatchObject({ state: 'waiting', reason: report.failure?.message });
    expect(action).toMatchObject({ kind: 'wait', step: 0, attempt: 2 });
  });

  it('starts the first step', () => {
    const { recorded, action } = decide({ steps, records: [], outcome: null, status: undefined, now });
    expect(recorded).toBeNull();
    expect(action).toEqual({ kind: 'run', step: 0, attempt: 1 });
  });

  it('continues after a success with the next step that is not skipped', () => {
    const { recorded, action } = decide({
      steps,
      records: [record(0)],
      outcome: stopped(0),
      status: status(0),
      now,
    });
    expect(recorded).toMatchObject({ state: 'success', exitCode: 0, finishedAt: now, taskArn: 'arn' });
    expect(action).toEqual({ kind: 'run', step: 2, attempt: 1 });
  });

  it('I21: stops after a step that failed', () => {
    const { recorded, action } = decide({
      steps,
      records: [record(0)],
      outcome: stopped(3),
      status: status(3),
      now,
    });
    expect(recorded).toMatchObject({ state: 'failed', exitCode: 3 });
    expect(recorded?.reason).toBeUndefined();
    expect(action).toEqual({ kind: 'done' });
  });

  it('is done after the last step', () => {
    const records = [record(0, { state: 'success' }), record(2, { state: 'success' })];
    expect(decide({ steps, records, outcome: null, status: undefined, now }).action).toEqual({
      kind: 'done',
    });
  });

  it('returns the same response when the same outcome is reported again', () => {
    const first = decide({ steps, records: [record(0)], outcome: stopped(0), status: status(0), now });
    const records = first.recorded ? [first.recorded] : [];
    const again = decide({ steps, records, outcome: stopped(0), status: status(0), now });
    expect(again).toEqual({ recorded: null, action: first.action });
  });

  it('repeats the same attempt when its response was lost', () => {
    const { action } = decide({ steps, records: [record(0)], outcome: null, status: undefined, now });
    expect(action).toEqual({ kind: 'run', step: 0, attempt: 1 });
  });

  it('waits before it repeats a step that the platform failed, then starts another attempt', () => {
    const outcome = { step: 0, attempt: 1, error: { name: 'ECS.ServerException', cause: '' } };
    const { recorded, action } = decide({ steps, records: [record(0)], outcome, status: undefined, now });
    expect(recorded).toMatchObject({ state: 'waiting' });
    expect(action).toEqual({ kind: 'wait', step: 0, attempt: 2, seconds: 2 });
    const records = recorded ? [recorded] : [];
    const later = '2026-01-01T00:01:02.000Z';
    expect(decide({ steps, records, outcome: null, status: undefined, now: later }).action).toEqual({
      kind: 'run',
      step: 0,
      attempt: 2,
    });
  });

  it('treats a missing report, or one that contradicts the exit code, as a failure of the platform', () => {
    for (const report of [undefined, status(1), status(null, { code: 'transfer', message: 'broker gone' })]) {
      const { recorded } = decide({ steps, records: [record(0)], outcome: stopped(0), status: report, now });
      expect(recorded?.state).toBe('waiting');
    }
  });

  it('fails after the last attempt with the reason', () => {
    const outcome = { ...stopped(-1), attempt: MAX_ATTEMPTS };
    const records = [record(0, { attempt: MAX_ATTEMPTS })];
    const { recorded, action } = decide({ steps, records, outcome, status: undefined, now });
    expect(recorded).toMatchObject({ state: 'failed', reason: "the step's task stopped early: done" });
    expect(action).toEqual({ kind: 'done' });
  });

  it('does not repeat a step that would fail in the same way again', () => {
    const tooLarge = status(0, { code: 'tree-too-large', message: 'more than 10,000 files' });
    const { recorded } = decide({ steps, records: [record(0)], outcome: stopped(0), status: tooLarge, now });
    expect(recorded).toMatchObject({ state: 'failed', reason: 'more than 10,000 files' });
    const unnamed = status(0, { code: 'name-not-unicode', message: "the step left 'r\\xe9s.csv'" });
    const again = decide({ steps, records: [record(0)], outcome: stopped(0), status: unnamed, now });
    expect(again.recorded).toMatchObject({ state: 'failed', reason: "the step left 'r\\xe9s.csv'" });
    const timeout = { step: 0, attempt: 1, error: { name: 'States.Timeout', cause: '' } };
    const ended = decide({ steps, records: [record(0)], outcome: timeout, status: undefined, now });
    expect(ended.recorded).toMatchObject({
      state: 'failed',
      reason: 'the step did not end within its time limit',
    });
  });

  it('repeats a step whose task was stopped from outside, unless an operator stopped it', () => {
    const report = status(null, { code: 'stopped', message: 'the step was stopped' });
    const stop = (stopCode: string) => ({ ...stopped(143), task: { ...stopped(143).task, stopCode } });
    const decided = (stopCode: string) =>
      decide({ steps, records: [record(0)], outcome: stop(stopCode), status: report, now }).recorded;
    expect(decided('SpotInterruption')).toMatchObject({ state: 'waiting', reason: 'the step was stopped' });
    expect(decided('TerminationNotice')?.state).toBe('waiting');
    expect(decided('UserInitiated')).toMatchObject({ state: 'failed', reason: 'the step was stopped' });
  });

  it('waits a minute for capacity, up to a limit', () => {
    const error = { name: 'ECS.AmazonECSException', cause: 'Capacity is unavailable at this time.' };
    const ask = (attempt: number, refusals: number) =>
      decide({
        steps,
        records: [record(0, { attempt, refusals })],
        outcome: { step: 0, attempt, error },
        status: undefined,
        now,
      });
    const { recorded, action } = ask(7, 6);
    expect(recorded).toMatchObject({ state: 'waiting', refusals: 7 });
    expect(action).toEqual({ kind: 'wait', step: 0, attempt: 8, seconds: 60 });
    expect(ask(MAX_REFUSALS, MAX_REFUSALS).recorded?.state).toBe('failed');
  });

  it('does not count a lack of capacity as a failure of the platform', () => {
    const outcome = { ...stopped(-1), attempt: 12 };
    const decided = (refusals: number) =>
      decide({ steps, records: [record(0, { attempt: 12, refusals })], outcome, status: undefined, now });
    expect(decided(11).action).toEqual({ kind: 'wait', step: 0, attempt: 13, seconds: 2 });
    expect(decided(12 - MAX_ATTEMPTS).recorded?.state).toBe('failed');
  });

  it('removes ARNs and paths of the operator from the reason', () => {
    const stoppedReason =
      'ResourceInitializationError: arn:aws:iam::123456789012:role/x cannot read /srv/flowserv/x';
    const outcome = { ...stopped(-1), attempt: 3, task: { ...stopped(-1).task, stoppedReason } };
    const { recorded } = decide({
      steps,
      records: [record(0, { attempt: 3 })],
      outcome,
      status: undefined,
      now,
    });
    expect(recorded?.reason).toBe(
      "the step's task stopped early: ResourceInitializationError: (ARN) cannot read (path)",
    );
  });

  it('ignores the outcome of an attempt that is no longer the current one', () => {
    const records = [record(0, { attempt: 2 })];
    const { recorded, action } = decide({ steps, records, outcome: stopped(0), status: status(0), now });
    expect(recorded).toBeNull();
    expect(action).toEqual({ kind: 'run', step: 0, attempt: 2 });
  });

  describe('when Step Functions reports the end of a task as an error', () => {
    const failed = (description: object, attempt = 1) => ({
      step: 0,
      attempt,
      error: { name: 'States.TaskFailed', cause: JSON.stringify(description) },
    });
    const decided = (description: object, reported?: ReturnType<typeof status>) =>
      decide({ steps, records: [record(0)], outcome: failed(description), status: reported, now });
    const notPulled = (text: string) => ({
      TaskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/flowserv/1',
      StopCode: 'TaskFailedToStart',
      StoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): ${text}`,
      Containers: [{ Name: 'step', Reason: `CannotPullContainerError: ${text}` }, { Name: 'warden' }],
    });

    it('fails immediately with the reason if the image cannot be pulled', () => {
      const { recorded, action } = decided(notPulled('docker.io/library/nope:1: not found'));
      expect(action).toEqual({ kind: 'done' });
      expect(recorded).toMatchObject({ state: 'failed', taskArn: expect.stringMatching(/^arn/) });
      expect(recorded?.reason).toMatch(
        /^the image 'python:3.9' cannot be pulled; .*CannotPullContainerError/,
      );
    });

    it('reports why the container of the step did not start, whatever the warden observed', () => {
      const reason = 'CannotStartContainerError: error creating device nodes: errno 524';
      const seen = status(null, { code: 'no-exit-code', message: 'it stopped without an exit code' });
      expect(decided({ Containers: [{ Name: 'step', Reason: reason }] }, seen).recorded).toMatchObject({
        state: 'waiting',
        reason: `the step's task stopped early: ${reason}`,
      });
    });

    it.each(['toomanyrequests: You have reached your pull rate limit', 'dial tcp: i/o timeout'])(
      'retries if the registry has a temporary fault: %s',
      (text) => {
        expect(decided(notPulled(text)).recorded).toMatchObject({ state: 'waiting' });
      },
    );

    it('uses the exit code of the step as if the task ended normally', () => {
      const description = {
        StopCode: 'EssentialContainerExited',
        StoppedReason: 'Essential container in task exited',
        Containers: [{ Name: 'step', ExitCode: 3, ImageDigest: DIGEST }],
      };
      expect(decided(description, status(3)).recorded).toMatchObject({
        state: 'failed',
        exitCode: 3,
        imageDigest: DIGEST,
      });
    });

    it('waits for capacity if the description reports a lack of it', () => {
      const description = {
        StopCode: 'TaskFailedToStart',
        StoppedReason: 'Capacity is unavailable at this time.',
      };
      expect(decided(description).recorded).toMatchObject({ state: 'waiting', refusals: 1 });
    });

    it('reports only the name of the error if the cause is cut', () => {
      const outcome = { step: 0, attempt: 1, error: { name: 'States.TaskFailed', cause: '{"TaskArn":"arn' } };
      const { recorded } = decide({ steps, records: [record(0)], outcome, status: undefined, now });
      expect(recorded?.reason).toBe('the container service failed: States.TaskFailed');
    });
  });
});
