/** Maximum number of repeats of a call, since engines can restart while their containers continue to run. */
export const RETRIES = 5;
export const RETRY_PAUSE_MS = 500;
