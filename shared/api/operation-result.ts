import type { Served } from '../downloads/download.ts';

/** The result of an operation, from which the edge creates the HTTP response. */
export type OperationResult =
  | JsonResult
  | Unchanged
  | CsvResult
  | { readonly kind: 'nothing' }
  | Exclude<Served, { kind: 'link' }>;

export interface JsonResult {
  readonly kind: 'json';
  readonly status: number;
  readonly json: unknown;
  /** Seconds after which the same request may return more. */
  readonly retryAfter?: number;
  /** The ETag by what the response is made of; by its body when absent. */
  readonly etag?: string;
  /** Seconds after which a client that polls should ask again. */
  readonly pollAfter?: number;
  /** Session of a browser to set, or null to end it; unchanged when absent. */
  readonly session?: SessionCookie | null;
}

/** A list as CSV. */
interface CsvResult {
  readonly kind: 'csv';
  readonly text: string;
  /** Of the file that a browser saves. */
  readonly name: string;
  /** Query of the next page, if there is one. */
  readonly next?: string | undefined;
}

/** The client has the response: 304. */
export interface Unchanged {
  readonly kind: 'unchanged';
  readonly etag: string;
  readonly pollAfter: number;
}

/**
 * Name of the cookie with a browser's session. Because of its prefix, browsers reject it unless it is secure, for the
 * whole host and from this host only (RFC 6265bis, section 4.1.3). Browsers treat loopback hosts as secure.
 */
export const SESSION_COOKIE = '__Host-flowserv';

export interface SessionCookie {
  readonly token: string;
  /** Seconds. */
  readonly maxAge: number;
}

export const ok = (json: unknown): JsonResult => ({ kind: 'json', status: 200, json });
export const created = (json: unknown): JsonResult => ({ kind: 'json', status: 201, json });
/** What is done in the background, as it is now. */
export const begun = (json: unknown): JsonResult => ({ kind: 'json', status: 202, json });
export const accepted = (message: string, retryAfter: number): JsonResult => ({
  kind: 'json',
  status: 202,
  json: { message },
  retryAfter,
});
export const nothing: OperationResult = { kind: 'nothing' };
