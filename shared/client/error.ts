import type { ErrorCode } from '../error-catalogue.ts';

/**
 * A code of the server's error catalogue, `http.<status>` where a gateway or proxy refused, or one of the client's own.
 * Open, since a newer server may know more.
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

/** What went wrong with a request: refused by the server, or not answered at all. */
export class ApiError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Stable, for programs; `connection.…` when there was no answer. */
  readonly code: ApiErrorCode;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** Seconds after which the same request may succeed, where the server has said so. */
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

/** What API Gateway does not say when it refuses a body, and what cannot be put into its answer. */
const GATEWAY_LIMIT =
  ': one request holds about 4 MB; larger files go in parts (POST uploads/{userGroupId}/direct)';

/** The error that an answer stands for. Gateways and proxies answer without a code, or without JSON. */
export async function errorOfAnswer(answer: Response): Promise<ApiError> {
  const body = readObject(await answer.text().catch(() => ''));
  const text = (name: string) => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { status, statusText } = answer;
  const code = text('code') ?? `http.${status}`;
  const said = text('message') ?? text('error') ?? `the server answered ${status} ${statusText}`;
  return new ApiError({
    status,
    code,
    message: code === 'http.413' ? `${said}${GATEWAY_LIMIT}` : said,
    requestId: text('requestId') ?? answer.headers.get('apigw-requestid') ?? undefined,
    retryAfter: retryAfterOf(answer),
  });
}

/** `Retry-After` in seconds; a date, which servers may give instead, is left to the user's patience. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** The value of a body, or undefined when it is no JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readObject(text: string): Record<string, unknown> {
  const value = readJson(text);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The error that a failed connection stands for, in a sentence that says where nobody was reached. */
export function errorOfConnection(url: string, error: unknown): ApiError {
  const fault = (code: string, message: string) => new ApiError({ status: 0, code, message, cause: error });
  if (error instanceof Error && error.name === 'TimeoutError') {
    return fault('connection.timeout', `no answer from ${url} in time`);
  }
  const reason = systemReason(error);
  if (reason === 'ECONNREFUSED') return fault('connection.refused', `nothing answers at ${url}`);
  return fault('connection.failed', `cannot reach ${url}${reason === undefined ? '' : ` (${reason})`}`);
}

/** Why `fetch` has failed: the innermost cause's code, which is the operating system's, or its message. */
function systemReason(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return systemReason(cause) ?? cause.message;
}
