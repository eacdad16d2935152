import { FunctionError } from './errors.ts';

/**
 * Waits for a function, but not longer than it may take. What comes later is dropped.
 *
 * @param limitMs milliseconds from now
 * @param timeoutSeconds the function's timeout, which the message names
 * @throws FunctionError as Lambda reports a function that ran out of time
 */
export async function withinTime<T>(
  work: Promise<T>,
  limitMs: number,
  requestId: string,
  timeoutSeconds: number,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    const message = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
    timer = setTimeout(() => reject(new FunctionError('Sandbox.Timedout', message)), limitMs).unref();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
