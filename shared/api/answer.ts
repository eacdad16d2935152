import type { Served } from '../downloads/download.ts';

/** What an operation answers; the edge turns it into an HTTP response. */
export type Answer = JsonAnswer | { readonly kind: 'nothing' } | Exclude<Served, { kind: 'link' }>;

export interface JsonAnswer {
  readonly kind: 'json';
  readonly status: number;
  readonly json: unknown;
  /** Seconds after which the same request may get more. */
  readonly retryAfter?: number;
  /** Session of a browser to be set, or ended (null); left as it is when absent. */
  readonly session?: SessionCookie | null;
}

/**
 * Name of the cookie that holds a browser's session. Its prefix makes browsers refuse it unless it is secure, for the
 * whole host and from this host only (RFC 6265bis, section 4.1.3). They take loopback hosts for secure ones.
 */
export const SESSION_COOKIE = '__Host-flowserv';

export interface SessionCookie {
  readonly token: string;
  /** Seconds. */
  readonly maxAge: number;
}

export const ok = (json: unknown): JsonAnswer => ({ kind: 'json', status: 200, json });
export const created = (json: unknown): JsonAnswer => ({ kind: 'json', status: 201, json });
export const accepted = (message: string, retryAfter: number): JsonAnswer => ({
  kind: 'json',
  status: 202,
  json: { message },
  retryAfter,
});
export const nothing: Answer = { kind: 'nothing' };
