import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Writes in conflict are tried again: 12 tries, pauses of 10 ms doubling to 640 ms with full jitter, about 2 s. Twenty
 * requests that change one leaderboard at the same time get through in that time.
 */
export const CONFLICT_ATTEMPTS = 12;
const CONFLICT_BASE_MS = 5;
const LONGEST_MS = 640;

/** Waits before another try, longer with each attempt. */
export const afterConflict = (attempt: number) =>
  sleep(Math.random() * Math.min(LONGEST_MS, CONFLICT_BASE_MS * 2 ** attempt));
