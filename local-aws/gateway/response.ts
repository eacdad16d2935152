import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { internalError } from './refusal.ts';

/** What goes to the client. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** The gateway sets these itself. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

const structuredAnswer = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * What a function's answer means to the client. With a `statusCode` it is the structured form; without one it
 * is the body of a 200 in JSON, text as it stands. The structured form defaults to plain text.
 * Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", response format.
 *
 * @throws Refusal 500 for a structured answer that is malformed
 */
export function readAnswer(result: unknown): GatewayAnswer {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const text = typeof result === 'string' ? result : JSON.stringify(result);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
  }
  const parsed = structuredAnswer.safeParse(result);
  if (!parsed.success) throw internalError(parsed.error);
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const sent = answerHeaders(headers ?? {}, cookies ?? []);
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

/** The gateway's own answer. */
export function messageAnswer(status: number, message: string): GatewayAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

function answerHeaders(
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
