import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Adds an entity tag, so that a client which polls gets the response only when it changed. A browser may store such a
 * response for the same caller, and must revalidate it before use (RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111,
 * section 5.2.2).
 *
 * @param asked value of `If-None-Match`
 */
export function withEntityTag(
  response: APIGatewayProxyStructuredResultV2,
  asked: string | undefined,
): APIGatewayProxyStructuredResultV2 {
  if (response.statusCode !== 200) return response;
  const etag = `"${createHash('sha256')
    .update(response.body ?? '')
    .digest('base64url')
    .slice(0, 27)}"`;
  const headers = {
    ...response.headers,
    'cache-control': 'private, no-cache',
    vary: 'api_key, authorization',
    etag,
  };
  if (asked === undefined || !mentions(asked, etag)) return { ...response, headers };
  const { 'content-type': _type, ...kept } = headers as Record<string, string>;
  return { statusCode: 304, headers: kept };
}

/** Weak comparison: a cache on the way may have marked the tag as weak. */
const mentions = (asked: string, etag: string): boolean =>
  asked.trim() === '*' || asked.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
