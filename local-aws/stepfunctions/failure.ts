import type { Retrier } from './definition.ts';
import type { NewEvent } from './history.ts';

/** Maximum length of an error name and a cause in characters (API reference, TaskFailedEventDetails). */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;

/** A failure of a state, with an error name of the language, of an integration or of the definition. */
export class StateFailure extends Error {
  readonly error: string | undefined;
  readonly detail: string | undefined;
  /** The field whose evaluation failed, e.g. `Output/v`; only for evaluation errors. */
  readonly location: string | undefined;
  /** Events of the state for the history, up to the failure. */
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

/** Returns a failure with more events before its own. */
export const after = (events: readonly NewEvent[], { error, detail, location, events: own }: StateFailure) =>
  new StateFailure(error, detail, location, [...events, ...own]);

/** The value of `$states.errorOutput`; missing parts are omitted. */
export const errorOutput = ({ error, detail }: StateFailure) => ({
  ...(error === undefined ? {} : { Error: error }),
  ...(detail === undefined ? {} : { Cause: detail }),
});

/**
 * Whether an `ErrorEquals` list matches an error (AWS Step Functions developer guide, "Handling errors"). Nothing
 * matches States.Runtime; States.ALL does not match States.DataLimitExceeded; States.TaskFailed matches everything
 * except States.Timeout.
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
 * Returns the wait before the next attempt.
 *
 * @param taken number of retries by this retrier since the state was entered.
 * @param random a number in [0, 1), used only with full jitter: the delay is then between 0 and the full delay.
 * @returns milliseconds.
 */
export function retryDelay(retrier: Retrier, taken: number, random: number): number {
  const grown = retrier.IntervalSeconds * retrier.BackoffRate ** taken;
  const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY, MAX_DELAY_SECONDS);
  return Math.round(capped * 1000 * (retrier.JitterStrategy === 'FULL' ? random : 1));
}

/** 31,622,400 s, the largest MaxDelaySeconds; also the limit of a growing delay without MaxDelaySeconds. */
const MAX_DELAY_SECONDS = 31_622_400;
