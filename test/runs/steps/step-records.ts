import type { StepRecord } from '../../../shared/runs/steps/record.ts';
import type { StepStatus } from '../../../shared/staging/protocol.ts';

const AT = '2026-01-01T00:00:00.000Z';

/** The record of a step whose first attempt runs. Tests state the members that matter to them. */
export const stepRecord = (index: number, change: Partial<StepRecord> = {}): StepRecord => ({
  index,
  name: `step ${index}`,
  state: 'running',
  attempt: 1,
  ticketHash: 'hash',
  image: 'python:3.9',
  startedAt: AT,
  ...change,
});

/** The warden's report of a first attempt that succeeded and left nothing. */
export const stepStatus = (index: number, change: Partial<StepStatus> = {}): StepStatus => ({
  v: 1,
  step: { index, name: `step ${index}`, attempt: 1 },
  attempt: 1,
  exitCode: 0,
  failure: null,
  startedAt: AT,
  finishedAt: AT,
  commands: [],
  outputs: [],
  result: null,
  archive: null,
  warnings: [],
  ...change,
});
