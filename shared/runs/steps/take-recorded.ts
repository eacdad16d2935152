import { timestamp } from '../../ids.ts';
import type { Services } from '../../services/services.ts';
import { newAttempt } from './attempt.ts';
import type { StepRecord } from './record.ts';
import type { CheckReuse, DueStep, FoundOutputs } from './reuse.ts';
import { writeRecords } from './write-records.ts';

/** What becomes of a cached step: it took outputs (or another call changed the run), or a task executes it. */
type Taken =
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'changed' }
  | {
      readonly outcome: 'execute';
      readonly attempt: number;
      readonly kept: Pick<StepRecord, 'reuse' | 'refusals'>;
    };

/**
 * Gives recorded outputs to a step, if there are any for what it sees.
 *
 * The record of the attempt is written before the first copy: after an interruption the next call copies again. If the
 * outputs are gone then, the step is executed in another attempt, whose files replace the copied ones. No task ever
 * gets a ticket for an attempt that copies.
 *
 * @param known the record of the step, if an attempt began
 */
export async function takeRecorded(
  services: Services,
  check: CheckReuse,
  due: DueStep,
  known: StepRecord | undefined,
): Promise<Taken> {
  const { run, attempt, document } = due;
  const isInterrupted = known?.state === 'running' && known.reuse?.from !== undefined;
  if (known && !isInterrupted) {
    // A task may have run: another one is the same attempt with a new ticket, or a later attempt.
    const reuse = known.reuse ?? { missed: 'an earlier attempt had begun' };
    return { outcome: 'execute', attempt, kept: { reuse } };
  }
  const { found, ...reuse } = { found: undefined, ...(await check(due)) };
  if (!found) return isInterrupted ? afterFailure(attempt) : { outcome: 'execute', attempt, kept: { reuse } };
  const record = takingRecord(services, due, { ...reuse, from: found.from });
  if (!isInterrupted) {
    const written = await writeRecords(services, run.id, document.plan, [record]);
    if (written !== 'written') return { outcome: written };
  }
  if (!(await found.copy())) return afterFailure(attempt);
  const written = await writeRecords(services, run.id, document.plan, [ended(services, record, found)]);
  return { outcome: written === 'written' ? 'taken' : written };
}

/** Executes the step after an attempt that could not copy, which does not count as a failure of the platform. */
const afterFailure = (attempt: number): Taken => ({
  outcome: 'execute',
  attempt: attempt + 1,
  kept: { refusals: 1, reuse: { missed: 'the recorded outputs could not be copied' } },
});

/** No task gets the ticket, so that nothing but this call writes files of the attempt. */
function takingRecord(
  { now }: Services,
  { run, step, attempt }: DueStep,
  reuse: StepRecord['reuse'],
): StepRecord {
  const startedAt = timestamp(now());
  return newAttempt({ runId: run.id, step, attempt, startedAt, reuse, following: [], spot: false }).record;
}

const ended = (services: Services, record: StepRecord, { imageDigest }: FoundOutputs): StepRecord => ({
  ...record,
  state: 'success',
  exitCode: 0,
  finishedAt: timestamp(services.now()),
  ...(imageDigest === undefined ? {} : { imageDigest }),
});
