/**
 * The gateway itself answers: status and the text of `{"message"}`, as an HTTP API words them. The cause is
 * for the operator's log only.
 */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Refusal';
    this.status = status;
  }
}

export const badRequest = (cause?: unknown) => new Refusal(400, 'Bad Request', cause);
export const notFound = () => new Refusal(404, 'Not Found');
export const entityTooLarge = (cause?: unknown) => new Refusal(413, 'Request Entity Too Large', cause);
export const headersTooLarge = () => new Refusal(431, 'Request Header Fields Too Large');
export const internalError = (cause: unknown) => new Refusal(500, 'Internal Server Error', cause);
export const timedOut = () => new Refusal(503, 'Service Unavailable');
