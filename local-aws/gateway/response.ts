import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { internalError } from './gateway-error.ts';

/** A response to the client. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Headers that the gateway sets itself. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

const structuredResponse = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Converts a function's result to a response. A result with a `statusCode` has the structured form, whose default
 * content type is plain text. Any other result is the JSON body of a 200; a string is used unchanged.
 * Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", response format.
 *
 * @throws GatewayError 500 for a malformed result in the structured form
 */
export function toResponse(result: unknown): GatewayResponse {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
  }
  const parsed = structuredResponse.safeParse(result);
  if (!parsed.success) throw internalError(parsed.error);
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const sent = responseHeaders(headers ?? {}, cookies ?? []);
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (statusCode === 204 || statusCode === 304) {
    return { status: statusCode, headers: sent, body: Buffer.alloc(0) };
  }
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...sent },
    body: bytes,
  };
}

/** A response of the gateway itself. */
export function messageResponse(status: number, message: string): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

function responseHeaders(
  given: Readonly<Record<string, string | number | boolean>>,
  cookies: readonly string[],
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const setCookie = [...cookies];
  for (const [givenName, givenValue] of Object.entries(given)) {
    const name = givenName.toLowerCase();
    const value = String(givenValue);
    assertHeader(name, value);
    if (name === 'set-cookie') setCookie.push(value);
    else if (!OWN_HEADERS.has(name)) headers[name] = value;
  }
  for (const cookie of setCookie) assertHeader('set-cookie', cookie);
  if (setCookie.length > 0) headers['set-cookie'] = setCookie;
  return headers;
}

function assertHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (error) {
    throw internalError(error);
  }
}
