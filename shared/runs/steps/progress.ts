import type { PlannedStep } from '../../engine/run-plan.ts';
import type { Progress } from '../progress.ts';
import type { StepRecord } from './record.ts';

/** Characters of a reason that are kept. */
const REASON_LENGTH = 300;

/** Returns the progress that new records of steps show; undefined if all of these steps ended. */
export function progressOf(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
): Progress | undefined {
  const current = records.findLast(
    (record) => record.state === 'waiting' || (record.state === 'running' && record.finishedAt === undefined),
  );
  if (!current) return undefined;
  const { name, attempt, startedAt, finishedAt, reuse, refusals } = current;
  const executed = steps.filter(({ skipped }) => !skipped);
  const isWaiting = current.state === 'waiting';
  const because = isWaiting ? current.reason : current.because;
  return {
    name,
    number: executed.findIndex((step) => step.index === current.index) + 1,
    of: executed.length,
    state: isWaiting ? (refusals === undefined ? 'waiting' : 'refused') : 'running',
    attempt,
    since: isWaiting ? (finishedAt ?? startedAt) : startedAt,
    ...(because === undefined ? {} : { because: because.slice(0, REASON_LENGTH).toWellFormed() }),
    ...(reuse?.from === undefined || isWaiting ? {} : { takesFrom: reuse.from.runId }),
  };
}
