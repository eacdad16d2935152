import { ApiError } from './error.ts';

/** Maximum attempts per request. */
const ATTEMPTS = 5;
const PAUSE_MS = 500;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether no response arrived, or one that does not show what happened to the request. */
export const hasUnknownOutcome = ({ status }: ApiError): boolean => status === 0 || status >= 500;

/**
 * Sends a request that may be repeated, at most five times, with pauses of 1, 2, 4 and 8 seconds.
 *
 * @param again whether another attempt may succeed; by default, after any error
 * @throws ApiError of the last attempt
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  pause: (ms: number) => Promise<void>,
  again: (error: ApiError) => boolean = () => true,
): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || count >= ATTEMPTS || !again(error)) throw error;
      await pause(PAUSE_MS * 2 ** count);
    }
  }
}
