import type { PlannedStep } from '../../engine/run-plan.ts';
import { waveOf } from '../../engine/waves.ts';
import type { Progress } from '../progress.ts';
import type { StepRecord } from './record.ts';

/** Characters of a reason that are kept. */
const REASON_LENGTH = 300;

/** The steps that begin together, or the one that is repeated. */
function stepsShown(steps: readonly PlannedStep[], { index, name, state, attempt }: StepRecord) {
  const step = steps.find((one) => one.index === index);
  const isFirst = state === 'running' && attempt === 1;
  return step && isFirst ? waveOf(steps, step) : [{ index, name }];
}

/** Returns the progress that new records of steps show; undefined if all of these steps ended. */
export function progressOf(
  steps: readonly PlannedStep[],
  records: readonly StepRecord[],
): Progress | undefined {
  const current = records.findLast(
    ({ state, finishedAt: ended }) =>
      state === 'waiting' || state === 'transferring' || (state === 'running' && ended === undefined),
  );
  if (!current) return undefined;
  const { attempt, startedAt, finishedAt, reuse, refusals } = current;
  const executed = steps.filter(({ skipped }) => !skipped);
  const isTransferring = current.state === 'transferring';
  const isWaiting = current.state === 'waiting' || isTransferring;
  const shown = stepsShown(steps, current);
  const numberOf = (index: number) => executed.findIndex((step) => step.index === index) + 1;
  const because = isWaiting ? current.reason : current.because;
  return {
    name: shown
      .map(({ name }) => name)
      .join('`, `')
      .slice(0, REASON_LENGTH)
      .toWellFormed(),
    number: numberOf(shown[0]?.index ?? current.index),
    ...(shown.length > 1 && { to: numberOf(shown.at(-1)?.index ?? current.index) }),
    of: executed.length,
    state: isTransferring ? 'transferring' : stateOf(isWaiting, refusals),
    attempt,
    since: isWaiting ? (finishedAt ?? startedAt) : startedAt,
    ...(because === undefined ? {} : { because: because.slice(0, REASON_LENGTH).toWellFormed() }),
    ...(reuse?.from === undefined || isWaiting ? {} : { takesFrom: reuse.from.runId }),
  };
}

const stateOf = (isWaiting: boolean, refusals: number | undefined): Progress['state'] => {
  if (!isWaiting) return 'running';
  return refusals === undefined ? 'waiting' : 'refused';
};
