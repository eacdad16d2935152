/**
 * The gateway itself answers: status and the text of `{"message"}`, as an HTTP API words them. The cause is
 * for the operator's log only.
 */
export class Refusal extends Error {
  readonly status: number;
  /** Seconds after which the same request may succeed, where that is known: then it is nobody's fault. */
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
/** What is missing is there in a moment: the functions while the server starts, or memory for the body. */
export const notNow = () => new Refusal(503, 'Service Unavailable', undefined, 1);
export const timedOut = () => new Refusal(503, 'Service Unavailable');
