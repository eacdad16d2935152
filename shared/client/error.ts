import { findJson } from '../documents/json-value.ts';
import type { ErrorCode } from '../error-catalogue.ts';

/**
 * A code of the server's error catalogue, `http.<status>` for an error of a gateway or proxy, or a code of the client.
 * An open set, since a newer server may have more codes.
 */
export type ApiErrorCode =
  | ErrorCode
  | `http.${number}`
  | 'answer.invalid'
  | 'connection.failed'
  | 'connection.refused'
  | 'connection.timeout'
  | 'download.not-ready'
  | 'token.invalid'
  | (string & {});

/** A failed request: the server rejected it, or did not respond. */
export class ApiError extends Error {
  /** HTTP status; 0 without a response. */
  readonly status: number;
  /** Stable, for programs; `connection.…` without a response. */
  readonly code: ApiErrorCode;
  /** Identifies the request in the server's log. */
  readonly requestId: string | undefined;
  /** Seconds after which the same request may succeed, if the server sent them. */
  readonly retryAfter: number | undefined;

  constructor(fault: {
    readonly status: number;
    readonly code: ApiErrorCode;
    readonly message: string;
    readonly requestId?: string | undefined;
    readonly retryAfter?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.name = 'ApiError';
    this.status = fault.status;
    this.code = fault.code;
    this.requestId = fault.requestId;
    this.retryAfter = fault.retryAfter;
  }
}

/** Added to the error of API Gateway for a large body, which does not contain this and cannot be extended. */
const GATEWAY_LIMIT =
  ': one request holds about 4 MB; larger files go in parts (POST uploads/{userGroupId}/direct)';

/** Returns the error for a response. Responses of gateways and proxies have no code, or are not JSON. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const body = readObject(await response.text().catch(() => ''));
  const text = (name: string) => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { status, statusText } = response;
  const code = text('code') ?? `http.${status}`;
  const reported = text('message') ?? text('error') ?? `the server responded with ${status} ${statusText}`;
  return new ApiError({
    status,
    code,
    message: code === 'http.413' ? `${reported}${GATEWAY_LIMIT}` : reported,
    requestId: text('requestId') ?? response.headers.get('apigw-requestid') ?? undefined,
    retryAfter: retryAfterOf(response),
  });
}

/** Returns `Retry-After` in seconds; undefined for a date, which servers may send instead. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function readObject(text: string): Record<string, unknown> {
  const value = findJson(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Makes the error of a failed connection, with a message that names the address. */
export function errorOfConnection(url: string, error: unknown): ApiError {
  const fault = (code: string, message: string) => new ApiError({ status: 0, code, message, cause: error });
  if (error instanceof Error && error.name === 'TimeoutError') {
    return fault('connection.timeout', `no response from ${url} in time`);
  }
  const reason = systemReason(error);
  if (reason === 'ECONNREFUSED') return fault('connection.refused', `no server responds at ${url}`);
  return fault('connection.failed', `cannot reach ${url}${reason === undefined ? '' : ` (${reason})`}`);
}

/** Returns why `fetch` failed: the code of the innermost cause, which is the operating system's, or its message. */
function systemReason(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return systemReason(cause) ?? cause.message;
}
