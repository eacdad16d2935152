import { FunctionError } from './errors.ts';

/**
 * Waits for the result of a function, up to its time limit. A later result is dropped.
 *
 * @param limitMs milliseconds from now
 * @param timeoutSeconds the function's timeout, for the error message
 * @throws FunctionError with Lambda's message when the function timed out
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
