/**
 * The errors that the product raises on purpose: a code of the catalogue, which has the HTTP status, and a message for
 * a person. Anything else that is thrown is a fault of ours: the edge turns it into a 500 with a request id.
 */
import { type ErrorCode, errorCatalogue, type Fault } from './error-catalogue.ts';
import { NO_SPACE } from './no-space.ts';

/** Kinds of objects that a request can name, as they appear in `unknown <type> '<id>'`. */
type ObjectType = ErrorCode extends infer Code
  ? Code extends `${infer Type}.unknown`
    ? Type
    : never
  : never;

/** Characters of a caller's own text that a message repeats: names have at most 512. */
const MAX_QUOTED = 512;

interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryAfter?: number;
}

/** An error that a caller can act upon. */
export class FlowservError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Who can mend it. */
  readonly fault: Fault;
  /** Seconds after which the same request may succeed, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, { cause, retryAfter }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FlowservError';
    this.code = code;
    this.status = errorCatalogue[code].status;
    this.fault = errorCatalogue[code].fault;
    this.retryAfter = retryAfter;
  }
}

/** The request breaks a rule of the data model (flowServ's constraint violations): 400 by the catalogue, mostly. */
export const invalid = (code: ErrorCode, message: string, cause?: unknown) =>
  new FlowservError(code, message, { cause });

/** 404: an object does not exist, or does not exist for this caller. */
export const unknownObject = (type: ObjectType, id: string) =>
  new FlowservError(`${type}.unknown`, `unknown ${type} '${id.slice(0, MAX_QUOTED)}'`);

/** 403: the caller has no valid session. flowServ knows no 401. */
export const notLoggedIn = () => new FlowservError('auth.not-logged-in', 'not logged in');

/** 403: accounts are not for the asking here. */
export const signUpClosed = () =>
  new FlowservError('auth.sign-up-closed', 'no new accounts are taken here; ask the operator for one');

/** 403: the caller is known but may not do this. */
export const notAuthorized = () => new FlowservError('auth.not-authorized', 'not authorized');

/** 429: too many attempts; the next one may be made in that many seconds. */
export const tooMany = (code: ErrorCode, message: string, retryAfter: number) =>
  new FlowservError(code, message, { retryAfter });

/**
 * 507 or 503: what keeps the data has no room for more, as the full disk of a local server, or is overrun. A service
 * says so by the status of its answer, which the SDK puts on the error.
 */
export function findOverrun(error: unknown): FlowservError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  switch ($metadata?.httpStatusCode) {
    case 507:
      return new FlowservError('server.full', NO_SPACE, { cause: error });
    case 503:
      return new FlowservError('server.busy', 'the server is overrun, please try again', {
        cause: error,
        retryAfter: 5,
      });
    default:
      return findOverrun(error.cause);
  }
}

/** 400: a template, one of its parameter declarations or its manifest cannot be used. */
export const invalidTemplate = (message: string, cause?: unknown) =>
  invalid('template.invalid', message, cause);
