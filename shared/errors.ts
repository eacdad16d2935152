/**
 * The errors that the product raises on purpose: a code of the catalogue, which has the HTTP status, and a message for
 * a person. Anything else that is thrown is a bug of the product: the edge turns it into a 500 with a request id.
 */
import { type ErrorCode, errorCatalogue, type Fault } from './error-catalogue.ts';
import { NO_SPACE } from './no-space.ts';

/** Kinds of objects that a request can name, as they appear in `unknown <type> '<id>'`. */
type ObjectType = ErrorCode extends infer Code
  ? Code extends `${infer Type}.unknown`
    ? Type
    : never
  : never;

/** Maximum number of characters of the caller's own text in a message: names have at most 512. */
const MAX_QUOTED = 512;

interface ErrorDetails {
  readonly cause?: unknown;
  readonly retryAfter?: number;
}

/** An error that a caller can act upon. */
export class FlowservError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Who can fix it. */
  readonly fault: Fault;
  /** Seconds after which the same request may succeed, if known. */
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

/** The request breaks a rule of the data model (flowServ's constraint violations): usually 400, by the catalogue. */
export const invalid = (code: ErrorCode, message: string, cause?: unknown) =>
  new FlowservError(code, message, { cause });

/** 404: an object does not exist, or does not exist for this caller. */
export const unknownObject = (type: ObjectType, id: string) =>
  new FlowservError(`${type}.unknown`, `unknown ${type} '${id.slice(0, MAX_QUOTED)}'`);

/** 403: the caller has no valid session. flowServ has no 401. */
export const notLoggedIn = () => new FlowservError('auth.not-logged-in', 'not logged in');

/** 403: registration is closed. */
export const signUpClosed = () =>
  new FlowservError('auth.sign-up-closed', 'registration is closed; ask the operator for an account');

/** 403: the caller is known but may not do this. */
export const notAuthorized = () => new FlowservError('auth.not-authorized', 'not authorized');

/** 429: too many attempts; the next one is allowed after `retryAfter` seconds. */
export const tooMany = (code: ErrorCode, message: string, retryAfter: number) =>
  new FlowservError(code, message, { retryAfter });

/**
 * 507 or 503: the storage behind the product has no space left, such as on the full disk of a local server, or is
 * overloaded. A service reports this by the status of its response, which the SDK adds to the error.
 */
export function findOverrun(error: unknown): FlowservError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  switch ($metadata?.httpStatusCode) {
    case 507:
      return new FlowservError('server.full', NO_SPACE, { cause: error });
    case 503:
      return new FlowservError('server.busy', 'the server is overloaded, please try again', {
        cause: error,
        retryAfter: 5,
      });
    default:
      return findOverrun(error.cause);
  }
}

/** 400: a template, one of its parameter declarations or its manifest is invalid. */
export const invalidTemplate = (message: string, cause?: unknown) =>
  invalid('template.invalid', message, cause);
