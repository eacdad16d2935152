import type { ErrorCode } from '../error-catalogue.ts';
import { invalid } from '../errors.ts';

/** States of a run (flowServ engine specification, run life cycle). */
export const runStates = ['PENDING', 'RUNNING', 'SUCCESS', 'ERROR', 'CANCELED'] as const;
export type RunState = (typeof runStates)[number];

const DEFAULT_CANCEL_REASON = 'canceled at user request';

export const isActive = (state: RunState): boolean => state === 'PENDING' || state === 'RUNNING';

/** 400: the state of the run does not permit the operation. */
export const wrongState = (code: ErrorCode, state: RunState) =>
  invalid(code, `invalid operation for run in state ${state}`);

/** The state of a run, with the times of its transitions and, for ERROR and CANCELED, messages. */
export interface RunStatus {
  readonly state: RunState;
  readonly createdAt: string;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  readonly messages?: readonly string[] | undefined;
}

/**
 * The status after a transition, or null when the run is in that state already; then nothing changes (flowServ engine
 * specification, states and transitions).
 *
 * A run that ends without a start gets its end as its start. A SUCCESS straight from PENDING gets its creation as its
 * start instead.
 *
 * @throws FlowservError 400 when the transition is not allowed: final states stay, and RUNNING does not go back to
 *   PENDING
 */
export function transition(
  from: RunStatus,
  to: RunState,
  at: string,
  messages: readonly string[] = [],
): RunStatus | null {
  if (from.state === to) return null;
  if (!isActive(from.state) || to === 'PENDING') {
    throw invalid('run.transition', `cannot change run in state ${from.state} to state ${to}`);
  }
  if (to === 'RUNNING') return { state: to, createdAt: from.createdAt, startedAt: at };
  const startedAt = from.startedAt ?? (to === 'SUCCESS' ? from.createdAt : at);
  const ended = { state: to, createdAt: from.createdAt, startedAt, finishedAt: at };
  if (to === 'SUCCESS') return ended;
  if (to === 'CANCELED' && messages.length === 0) return { ...ended, messages: [DEFAULT_CANCEL_REASON] };
  return { ...ended, messages };
}
