import type { StepOutcome } from '../../engine/next-step-protocol.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import { usesVolumes } from '../../engine/step-volumes.ts';
import type { TransferPhase } from '../../engine/transfer-phase.ts';
import type { StepRecord } from './record.ts';

/**
 * Transfers of a step's files from and to storage volumes, as part of its record: pure rules for `decide`. The function
 * `transfer` copies the files (`shared/transfers`).
 */

/** A transfer that fails this often fails the step: with the pauses below, after a quarter of an hour or later. */
export const MAX_TRANSFER_FAILURES = 20;
/** Longest pause before a transfer is tried again; the first one is 2 s, and each is twice the one before. */
const MAX_PAUSE_SECONDS = 60;

/** The record of a step whose files are copied before its first task. No ticket has its hash. */
export function transferBefore({ index, name, image }: PlannedStep, now: string): StepRecord {
  return {
    ...{ index, name, image, state: 'transferring', attempt: 0, ticketHash: '', startedAt: now },
    transfer: { phase: 'before', failures: 0 },
  };
}

/** Whether files must be copied before a step without a record. */
export const needsTransferBefore = (step: PlannedStep): boolean => usesVolumes(step);

/** The record of an ended attempt: its outputs are copied to the step's volume before it is a success. */
export const withTransferAfter = (record: StepRecord, { volume }: Pick<PlannedStep, 'volume'>): StepRecord =>
  record.state === 'success' && volume !== undefined
    ? { ...record, state: 'transferring', transfer: { phase: 'after', failures: 0 } }
    : record;

/** The record of a step after a transfer; undefined if the outcome is known already. */
export function transferEnded(
  records: readonly StepRecord[],
  { step, attempt, transfer: ended, error }: StepOutcome,
  now: string,
): StepRecord | undefined {
  const record = records.find(({ index }) => index === step);
  if (!ended || record?.state !== 'transferring' || record.attempt !== attempt) return undefined;
  if (record.transfer?.phase !== ended.phase) return undefined;
  if (!error && ended.failure === '') return completed(record, ended.phase);
  const failures = record.transfer.failures + 1;
  const reason = ended.failure || 'the transfer of files from or to a storage volume was interrupted';
  if (!ended.permanent && failures < MAX_TRANSFER_FAILURES) {
    const pause = Math.min(MAX_PAUSE_SECONDS, 2 ** failures) * 1000;
    const retryAt = new Date(Date.parse(now) + pause).toISOString();
    return { ...record, transfer: { phase: ended.phase, failures }, reason, retryAt };
  }
  // Without an exit code, which would say that the step's program failed.
  const { exitCode: _, retryAt: _at, transfer: _transfer, ...rest } = record;
  return { ...rest, state: 'failed', reason, finishedAt: now };
}

function completed(record: StepRecord, phase: TransferPhase): StepRecord {
  const { transfer: _, retryAt: _at, reason: _reason, ...rest } = record;
  return { ...rest, state: phase === 'before' ? 'waiting' : 'success' };
}
