import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import { addTask, taskUse } from '../../../shared/runs/steps/task-seconds.ts';
import { plannedStep } from '../../engine/planned-step.ts';
import { stepRecord } from './step-records.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const size = { cpu: 2, memory: 4096, disk: 21, timeout: 60 };
const priced = (index: number) => plannedStep(index, { size, price: { onDemand: 3600, spot: 1800 } });
const ended = (seconds: number, change: Partial<StepRecord> = {}): StepRecord =>
  stepRecord(0, { state: 'success', finishedAt: at(seconds), ...change });

describe('the seconds of the tasks of a step', () => {
  it('are those from the request of the task to its end, rounded up', () => {
    expect(addTask(ended(90.2), undefined, 0).taskSeconds).toEqual({ onDemand: 91, spot: 0 });
    expect(addTask(ended(90, { spot: true }), undefined, 0).taskSeconds).toEqual({ onDemand: 0, spot: 90 });
  });

  it('are at least a minute for a task, which its first step takes', () => {
    expect(addTask(ended(5), undefined, 0).taskSeconds).toEqual({ onDemand: 60, spot: 0 });
    expect(addTask(ended(5), undefined, 1).taskSeconds).toEqual({ onDemand: 5, spot: 0 });
  });

  it('include the attempts before', () => {
    const before = { onDemand: 100, spot: 70 };
    expect(addTask(ended(80, { attempt: 3, taskSeconds: before }), undefined, 0).taskSeconds).toEqual({
      onDemand: 180,
      spot: 70,
    });
  });

  it.each([
    ['was rejected', 'ECS.AmazonECSException', undefined, undefined],
    ['exceeded its time', 'States.Timeout', undefined, { onDemand: 90, spot: 0 }],
    ['stopped before its step ran', 'States.TaskFailed', 'arn', { onDemand: 90, spot: 0 }],
  ])('are known if the task %s', (_how, name, taskArn, expected) => {
    const record = ended(90, { state: 'failed', ...(taskArn === undefined ? {} : { taskArn }) });
    expect(addTask(record, { name }, 0).taskSeconds).toEqual(expected);
  });
});

describe('what the tasks of a run took', () => {
  it('is the sum of all steps, by their prices and sizes', () => {
    const records = [
      stepRecord(0, { state: 'success', taskSeconds: { onDemand: 100, spot: 60 } }),
      stepRecord(1, { state: 'failed', taskSeconds: { onDemand: 61, spot: 0 } }),
    ];
    expect(taskUse([priced(0), priced(1)], records, at(500))).toEqual({
      taskSeconds: 221,
      vcpuSeconds: 442,
      micros: 100 + 30 + 61,
    });
  });

  it('includes tasks that the end of the run stopped', () => {
    const records = [stepRecord(0, { taskSeconds: { onDemand: 60, spot: 0 }, attempt: 2 })];
    expect(taskUse([priced(0)], records, at(90))).toMatchObject({ taskSeconds: 150, micros: 150 });
    expect(taskUse([priced(0)], records, at(1))).toMatchObject({ taskSeconds: 120 });
  });

  it('counts a later step of a shared task without the shortest time of a task', () => {
    const records = [
      stepRecord(0, { following: [1], finishedAt: at(10) }),
      stepRecord(1, { startedAt: at(10) }),
    ];
    expect(taskUse([priced(0), priced(1)], records, at(15))).toMatchObject({ taskSeconds: 65 });
  });

  it('is nothing for steps that took recorded outputs or never had a task', () => {
    const from = { runId: 'run', step: 0, attempt: 1 };
    const records = [
      stepRecord(0, { state: 'success', finishedAt: at(50), reuse: { from } }),
      stepRecord(1, { reuse: { from } }),
      stepRecord(2, { state: 'transferring', attempt: 0 }),
      stepRecord(3, { state: 'waiting', finishedAt: at(50) }),
    ];
    const steps = [0, 1, 2, 3].map(priced);
    expect(taskUse(steps, records, at(500))).toEqual({ taskSeconds: 0, vcpuSeconds: 0, micros: 0 });
  });

  it('has no cost in runs that were planned before steps had prices', () => {
    const records = [stepRecord(0, { state: 'success', taskSeconds: { onDemand: 60, spot: 0 } })];
    expect(taskUse([plannedStep(0)], records, at(60))).toEqual({
      taskSeconds: 60,
      vcpuSeconds: 60,
      micros: 0,
    });
  });

  it('does not depend on the order of the records, and is always whole', () => {
    const seconds = fc.record({ onDemand: fc.nat(600_000), spot: fc.nat(600_000) });
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 20 }), (all) => {
        const steps = all.map((_, index) =>
          plannedStep(index, { size: { ...size, cpu: 0.25 }, price: { onDemand: 4937, spot: 2468 } }),
        );
        const records = all.map((taskSeconds, index) => stepRecord(index, { state: 'success', taskSeconds }));
        const use = taskUse(steps, records, at(0));
        expect(Object.values(use).every(Number.isSafeInteger)).toBe(true);
        expect(taskUse(steps, records.toReversed(), at(0))).toEqual(use);
        expect(use.taskSeconds).toBe(all.reduce((sum, { onDemand, spot }) => sum + onDemand + spot, 0));
      }),
    );
  });
});
