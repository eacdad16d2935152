/**
 * The catalogue of errors that the product raises on purpose.
 *
 * Each error has a stable `code` for programs, an HTTP status and a message for a person. Anything that
 * is thrown and is not one of these is a fault of ours: the edge turns it into a 500 with a request id.
 */

/** Kinds of objects that a request can name, as they appear in `unknown <type> '<id>'`. */
export type ObjectType =
  | 'workflow'
  | 'group'
  | 'run'
  | 'file'
  | 'user'
  | 'request'
  | 'parameter'
  | 'object'
  | 'route';

/** Characters of a caller's own text that a message repeats: names have at most 512. */
const MAX_QUOTED = 512;

/** Why nothing can be stored, to whoever wants to: requests, steps and their runs. */
export const NO_SPACE = "no space left on the server's disk";

/** An error that a caller can act upon. */
export class FlowservError extends Error {
  readonly code: string;
  readonly status: number;
  /** Seconds after which the same request may succeed, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, cause?: unknown, retryAfter?: number) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FlowservError';
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** 400: the request breaks a rule of the data model (flowServ's constraint violations). */
export const invalid = (code: string, message: string, cause?: unknown) =>
  new FlowservError(400, code, message, cause);

/** 404: an object does not exist, or does not exist for this caller. */
export const unknownObject = (type: ObjectType, id: string) =>
  new FlowservError(404, `${type}.unknown`, `unknown ${type} '${id.slice(0, MAX_QUOTED)}'`);

/** 403: the caller has no valid session. flowServ knows no 401. */
export const notLoggedIn = () => new FlowservError(403, 'auth.not-logged-in', 'not logged in');

/** 403: accounts are not for the asking here. */
export const signUpClosed = () =>
  new FlowservError(403, 'auth.sign-up-closed', 'no new accounts are taken here; ask the operator for one');

/** 403: the caller is known but may not do this. */
export const notAuthorized = () => new FlowservError(403, 'auth.not-authorized', 'not authorized');

/** 429: too many attempts; the next one may be made in that many seconds. */
export const tooMany = (code: string, message: string, retryAfter: number) =>
  new FlowservError(429, code, message, undefined, retryAfter);

/**
 * 507 or 503: what keeps the data has no room for more, as the full disk of a local server, or is overrun. A service
 * says so by the status of its answer, which the SDK puts on the error.
 */
export function findOverrun(error: unknown): FlowservError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  switch ($metadata?.httpStatusCode) {
    case 507:
      return new FlowservError(507, 'server.full', NO_SPACE, error);
    case 503:
      return new FlowservError(503, 'server.busy', 'the server is overrun, please try again', error, 5);
    default:
      return findOverrun(error.cause);
  }
}

/** 400: a template, one of its parameter declarations or its manifest cannot be used. */
export const invalidTemplate = (message: string, cause?: unknown) =>
  invalid('template.invalid', message, cause);
