import { setTimeout as sleep } from 'node:timers/promises';

/** Writes in conflict are tried again: 8 tries, pauses of 10 ms doubling to 640 ms with full jitter, about 0.6 s. */
export const CONFLICT_ATTEMPTS = 8;
const CONFLICT_BASE_MS = 5;

/** Waits before another try, longer with each attempt. */
export const afterConflict = (attempt: number) => sleep(Math.random() * CONFLICT_BASE_MS * 2 ** attempt);
