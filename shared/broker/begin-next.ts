import { timestamp } from '../ids.ts';
import { newAttempt } from '../runs/steps/attempt.ts';
import { type StepRecord, stepCodec } from '../runs/steps/record.ts';
import { readStatus } from '../runs/steps/status.ts';
import { writeRecords } from '../runs/steps/write-records.ts';
import type { Services } from '../services/services.ts';
import type { NextResponse } from '../staging/protocol.ts';
import { keys } from '../store/keys.ts';
import { invalidTicket, type StepSession } from './session.ts';

/**
 * Begins the next step of a task, after the step of the session succeeded: writes its record, and returns its ticket.
 * The ticket of the session is then valid for nothing but a repetition of this request, which replaces the new ticket.
 *
 * Only `next-step` records how steps end, by the exit codes of their containers. Until then, the record of the session
 * shows what the warden reported.
 *
 * @throws FlowservError 403 if no step follows in the task, the step did not report its success, or the run ended
 */
export async function beginNext(services: Services, session: StepSession): Promise<NextResponse> {
  const { run, record, document, live } = session;
  const [index, ...following] = record.following ?? [];
  const step = index === undefined ? undefined : document.plan.steps[index];
  if (!live || !step) throw invalidTicket();
  const status = await readStatus(services, run.id, { step: record.index, attempt: record.attempt });
  if (status?.exitCode !== 0 || status.failure) throw invalidTicket();
  const before = stepCodec.readMaybe(await services.table.get(keys.step(run.id, step.index)));
  const startedAt = timestamp(services.now());
  const attempt = attemptAfter(before);
  const { refusals, taskSeconds } = before ?? {};
  const spot = record.spot ?? false;
  const because = before?.reason ?? before?.because;
  const times = { attempt, startedAt, refusals, because, taskSeconds };
  const begun = newAttempt({ runId: run.id, step, following, spot, ...times });
  const ended = { ...record, finishedAt: record.finishedAt ?? startedAt, exitCode: status.exitCode };
  const written = await writeRecords(services, run.id, document.plan, [ended, begun.record]);
  if (written !== 'written') throw invalidTicket();
  return { ticket: begun.ticket };
}

/** A running attempt was begun by this request before, and its response was lost. */
function attemptAfter(before: StepRecord | undefined): number {
  if (before === undefined) return 1;
  if (before.state === 'running') return before.attempt;
  if (before.state === 'waiting') return before.attempt + 1;
  throw invalidTicket();
}
