/**
 * An error response of the gateway itself: status and the text of `{"message"}`, as from an HTTP API. The cause is only
 * for the operator's log.
 */
export class Refusal extends Error {
  readonly status: number;
  /** Seconds after which a retry may succeed, if known. Such an error is not reported as a fault. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, cause?: unknown, retryAfter?: number) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const badRequest = (cause?: unknown) => new Refusal(400, 'Bad Request', cause);
export const notFound = () => new Refusal(404, 'Not Found');
export const entityTooLarge = (cause?: unknown) => new Refusal(413, 'Request Entity Too Large', cause);
export const headersTooLarge = () => new Refusal(431, 'Request Header Fields Too Large');
export const internalError = (cause: unknown) => new Refusal(500, 'Internal Server Error', cause);
/** A temporary shortage: the functions are still starting, or the bodies of other requests use the memory. */
export const notNow = () => new Refusal(503, 'Service Unavailable', undefined, 1);
export const timedOut = () => new Refusal(503, 'Service Unavailable');
