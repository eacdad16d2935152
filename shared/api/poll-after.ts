import type { Run } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';

/** Seconds after which a client that polls should ask again. */
export const POLL_AFTER = {
  /** A run is executed. */
  active: 1,
  /** Something waits: a run in line or for capacity, or a leaderboard for post-processing. */
  waiting: 5,
  /** Nothing is about to change. */
  else: 15,
} as const;

/** When to ask again for a response that shows these runs. */
export function pollAfter(runs: readonly Run[]): number {
  const active = runs.filter(({ state }) => isActive(state));
  if (active.length === 0) return POLL_AFTER.else;
  return active.every(isWaiting) ? POLL_AFTER.waiting : POLL_AFTER.active;
}

/** A remote engine is asked once a minute. */
const isWaiting = ({ queueNumber, engine, progress }: Run): boolean =>
  queueNumber !== undefined ||
  engine !== undefined ||
  progress?.state === 'waiting' ||
  progress?.state === 'refused';
