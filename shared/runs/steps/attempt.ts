import type { PlannedStep } from '../../engine/run-plan.ts';
import type { StepRecord } from './record.ts';
import { newTicket, ticketHash } from './tickets.ts';

interface NewAttempt
  extends Pick<StepRecord, 'attempt' | 'startedAt' | 'refusals' | 'because' | 'reuse' | 'taskSeconds'> {
  readonly runId: string;
  readonly step: PlannedStep;
  /** Indexes of the steps that follow in the same task. */
  readonly following: readonly number[];
  /** Whether its task runs on spare capacity. */
  readonly spot: boolean;
}

/** A new attempt of a step: its ticket, and its record, which must be stored before the ticket is used. */
export function newAttempt({ runId, step, following, spot, ...more }: NewAttempt) {
  const { refusals, because, reuse, taskSeconds, ...times } = more;
  const { index, name, image } = step;
  const ticket = newTicket({ runId, step: index, attempt: times.attempt });
  const record: StepRecord = {
    ...{ index, name, image, ...times },
    state: 'running',
    ...(refusals === undefined ? {} : { refusals }),
    ...(because === undefined ? {} : { because }),
    ...(following.length === 0 ? {} : { following: [...following] }),
    ...(spot ? { spot } : {}),
    ...(taskSeconds && { taskSeconds }),
    ...(reuse && { reuse }),
    ticketHash: ticketHash(ticket),
  };
  return { ticket, record };
}
