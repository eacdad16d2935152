import type { Retrier } from './definition.ts';
import type { NewEvent } from './history.ts';

/** Longest error name and cause that the API carries, in characters (API reference, TaskFailedEventDetails). */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;

/** A state that failed with an error name of the language, of an integration or of the definition. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  readonly detail: string | undefined;
  /** The field whose evaluation failed, e.g. `Output/v`; only for evaluation errors. */
  readonly location: string | undefined;
  /** What the history says of the state up to the failure. */
  readonly events: readonly NewEvent[];

  constructor(error?: string, detail?: string, location?: string, events: readonly NewEvent[] = []) {
    super(detail ?? error ?? 'failed');
    this.name = 'StateFailure';
    this.error = error?.slice(0, MAX_ERROR);
    this.detail = detail?.slice(0, MAX_CAUSE);
    this.location = location;
    this.events = events;
  }
}

/** The same failure after more of the history. */
export const after = (events: readonly NewEvent[], { error, detail, location, events: own }: StateFailure) =>
  new StateFailure(error, detail, location, [...events, ...own]);

/** What `$states.errorOutput` holds; absent parts stay absent. */
export const errorOutput = ({ error, detail }: StateFailure) => ({
  ...(error === undefined ? {} : { Error: error }),
  ...(detail === undefined ? {} : { Cause: detail }),
});

/**
 * Whether an `ErrorEquals` list catches an error (AWS Step Functions developer guide, "Handling errors"):
 * nothing catches States.Runtime; States.ALL also lets States.DataLimitExceeded through; States.TaskFailed
 * stands for everything but States.Timeout.
 */
export function matches(errorEquals: readonly string[], error: string | undefined): boolean {
  if (error === 'States.Runtime') return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return error !== 'States.DataLimitExceeded';
    if (name === 'States.TaskFailed') return error !== 'States.Timeout';
    return name === error;
  });
}

/**
 * The wait before the next attempt.
 *
 * @param taken how many retries this retrier has given since the state was entered.
 * @param random a number in [0, 1), read only with full jitter: the delay is then between 0 and the full one.
 * @returns milliseconds.
 */
export function retryDelay(retrier: Retrier, taken: number, random: number): number {
  const grown = retrier.IntervalSeconds * retrier.BackoffRate ** taken;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY, MAX_DELAY_SECONDS);
  return Math.round(capped * 1000 * (retrier.JitterStrategy === 'FULL' ? random : 1));
}

/** 31,622,400 s, the largest MaxDelaySeconds; a growing delay without one stops there as well. */
const MAX_DELAY_SECONDS = 31_622_400;
