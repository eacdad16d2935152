import { ApiError } from './error.ts';

/** So often is a request sent before it is given up. */
const ATTEMPTS = 5;
const PAUSE_MS = 500;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** No answer, or one that says nothing about the request. */
export const isUnanswered = ({ status }: ApiError): boolean => status === 0 || status >= 500;

/**
 * Sends a request that may be repeated, five times at most, with pauses of 1, 2, 4 and 8 seconds.
 *
 * @param again whether another attempt may go right; it may after any failure when this is left out
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
