import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Answer } from '../../shared/api/answer.ts';

/** What API Gateway's payload format 2.0 holds, in the terms of the API. */
export interface HttpRequest {
  readonly method: string;
  /** Path, percent-decoded by the gateway. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export function readEvent(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
    headers: event.headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/**
 * The access token of a request: header `api_key`, as flowServ's clients send it, or a bearer token.
 */
export function tokenOf({ headers }: HttpRequest): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return headers.api_key ?? bearer;
}

/** Nothing of an answer is for a cache to keep, or for a browser to take for something else. */
export const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export function writeAnswer(answer: Answer): APIGatewayProxyStructuredResultV2 {
  switch (answer.kind) {
    case 'json':
      return {
        statusCode: answer.status,
        headers: { ...ALWAYS, 'content-type': 'application/json' },
        body: JSON.stringify(answer.json),
      };
    case 'nothing':
      return { statusCode: 204, headers: ALWAYS };
    case 'redirect':
      return { statusCode: 302, headers: { ...ALWAYS, location: answer.location } };
    case 'file':
      return {
        statusCode: 200,
        headers: {
          ...ALWAYS,
          'content-type': answer.contentType,
          'content-disposition': answer.disposition,
        },
        body: answer.content.toString('base64'),
        isBase64Encoded: true,
      };
  }
}
