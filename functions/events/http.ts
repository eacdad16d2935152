import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { OperationResult } from '../../shared/api/operation-result.ts';
import { type Trust, viewerAddress } from './address.ts';
import { sessionCookie } from './session.ts';

/** A request, as read from an event of API Gateway (payload format 2.0). */
export interface HttpRequest {
  readonly method: string;
  /** Path, percent-decoded by the gateway. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Each as `name=value`. */
  readonly cookies: readonly string[];
  readonly body: Buffer;
  /** Network address of the client. */
  readonly address: string;
}

export function readEvent(event: APIGatewayProxyEventV2, trust: Trust): HttpRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
    headers: event.headers,
    cookies: event.cookies ?? [],
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    address: viewerAddress(event, trust),
  };
}

/** Responses must not be cached, or interpreted by a browser as another type. */
export const ALWAYS = {
  'cache-control': 'no-store',
  // Responses are data: content that a browser opens, including users' uploads, must not run scripts or be framed.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/** When to retry (RFC 9110, section 10.2.3). */
export const retryAfterHeader = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'retry-after': String(seconds) };

export function writeResponse(result: OperationResult): APIGatewayProxyStructuredResultV2 {
  switch (result.kind) {
    case 'json': {
      const { status, json, session, retryAfter } = result;
      return {
        statusCode: status,
        headers: { ...ALWAYS, 'content-type': 'application/json', ...retryAfterHeader(retryAfter) },
        ...(session === undefined ? {} : { cookies: [sessionCookie(session)] }),
        body: JSON.stringify(json),
      };
    }
    case 'csv':
      return {
        statusCode: 200,
        headers: {
          ...ALWAYS,
          'content-type': 'text/csv; charset=utf-8; header=present',
          'content-disposition': `attachment; filename="${result.name}"`,
          // RFC 8288, section 3; relative to the request.
          ...(result.next === undefined ? {} : { link: `<?${result.next}>; rel="next"` }),
        },
        body: result.text,
      };
    case 'unchanged':
      return { statusCode: 304, headers: ALWAYS };
    case 'nothing':
      return { statusCode: 204, headers: ALWAYS };
    case 'redirect':
      return { statusCode: 302, headers: { ...ALWAYS, location: result.location } };
    case 'file':
      return {
        statusCode: 200,
        headers: {
          ...ALWAYS,
          'content-type': result.contentType,
          'content-disposition': result.disposition,
        },
        body: result.content.toString('base64'),
        isBase64Encoded: true,
      };
  }
}
