/**
 * An error response of the gateway itself: status and the text of `{"message"}`, as from an HTTP API. The cause is only
 * for the operator's log.
 */
export class GatewayError extends Error {
  readonly status: number;
  /** Seconds after which a retry may succeed, if known. Such an error is not reported as a fault. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, cause?: unknown, retryAfter?: number) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GatewayError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export const badRequest = (cause?: unknown) => new GatewayError(400, 'Bad Request', cause);
export const notFound = () => new GatewayError(404, 'Not Found');
export const entityTooLarge = (cause?: unknown) => new GatewayError(413, 'Request Entity Too Large', cause);
export const headersTooLarge = () => new GatewayError(431, 'Request Header Fields Too Large');
export const internalError = (cause: unknown) => new GatewayError(500, 'Internal Server Error', cause);
/** A temporary shortage: the functions are still starting, or the bodies of other requests use the memory. */
export const notNow = () => new GatewayError(503, 'Service Unavailable', undefined, 1);
export const timedOut = () => new GatewayError(503, 'Service Unavailable');
