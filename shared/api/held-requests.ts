import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../services/services.ts';
import type { OperationResult } from './operation-result.ts';

/** Pauses between two looks at the table, in milliseconds: a short run is seen soon, and a long one costs little. */
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2_000;
const GROWTH = 1.3;

/** Requests that are held, by all functions in this process. */
let held = 0;

/** What is needed of a request. */
interface Held {
  readonly services: Pick<Services, 'config'>;
  /** With a `wait` that the route's schema checks. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly gone?: AbortSignal | undefined;
}

/**
 * Holds a request with `wait` while the client has the response already: until the response changes, the time is over,
 * or the client is gone. At most `maxWaiting` requests are held at the same time; another one is answered at once. The
 * whole request is decided again each time, so what the caller may not read any more is not waited for.
 *
 * @param answer checks the request and responds to it
 * @returns the last response; its `Poll-After` is 0 if the next request of this kind is held
 * @throws the errors of `answer`
 */
export async function holdWhileUnchanged(
  { services, query, gone }: Held,
  answer: () => Promise<OperationResult>,
): Promise<OperationResult> {
  const first = await answer();
  const seconds = Number(query.wait ?? 0);
  if (first.kind !== 'unchanged' || !(seconds > 0) || held >= services.config.maxWaiting) return first;
  held += 1;
  try {
    const result = await untilChanged(answer, Date.now() + seconds * 1000, gone, first);
    const isKept = result.kind === 'json' || result.kind === 'unchanged';
    return isKept ? { ...result, pollAfter: 0 } : result;
  } finally {
    held -= 1;
  }
}

async function untilChanged(
  answer: () => Promise<OperationResult>,
  end: number,
  gone: AbortSignal | undefined,
  first: OperationResult,
): Promise<OperationResult> {
  let result = first;
  for (
    let pause = FIRST_PAUSE_MS;
    result.kind === 'unchanged';
    pause = Math.min(pause * GROWTH, LONGEST_PAUSE_MS)
  ) {
    const left = end - Date.now();
    if (left <= 0 || !(await slept(Math.min(pause, left), gone))) return result;
    result = await answer();
  }
  return result;
}

/** @returns whether the client is still there */
async function slept(ms: number, gone: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(ms, undefined, gone ? { signal: gone } : {});
    return true;
  } catch {
    return false;
  }
}
