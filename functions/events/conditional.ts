import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readAsked, tagOfBody } from '../../shared/api/etag.ts';
import type { OperationResult } from '../../shared/api/operation-result.ts';
import { POLL_AFTER } from '../../shared/api/poll-after.ts';

/**
 * Adds an entity tag, so that a client which polls gets the response only when it changed, and `Poll-After`, the seconds
 * after which it should ask again. A browser may store such a response for the same caller, and must revalidate it
 * before use (RFC 9110, sections 8.8.3 and 13.1.2; RFC 9111, section 5.2.2).
 *
 * @param result from which the response was made
 * @param asked value of `If-None-Match`
 */
export function withEntityTag(
  response: APIGatewayProxyStructuredResultV2,
  result: OperationResult,
  asked: string | undefined,
): APIGatewayProxyStructuredResultV2 {
  if (result.kind !== 'unchanged' && (result.kind !== 'json' || result.status !== 200)) return response;
  const { etag = tagOfBody(response.body ?? ''), pollAfter = POLL_AFTER.else } = result;
  const headers = {
    ...response.headers,
    'cache-control': 'private, no-cache',
    vary: 'accept, api_key, authorization',
    etag,
    'poll-after': String(pollAfter),
  };
  const { any, knows } = readAsked(asked);
  if (result.kind === 'json' && !any && !knows(etag)) return { ...response, headers };
  const { 'content-type': _type, ...kept } = headers as Record<string, string>;
  return { statusCode: 304, headers: kept };
}
