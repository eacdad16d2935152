import { isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Header by which CloudFront proves that a request came through it; its value is a setting of the deployment. */
export const EDGE_HEADER = 'x-flowserv-edge';

/**
 * The network address of whoever asks: of the connection, or of the viewer where the request came through
 * CloudFront, which appends it to `X-Forwarded-For` before the gateway appends CloudFront's own. Whatever a client
 * has written into that header stands before both (CloudFront Developer Guide, "Client IP addresses").
 *
 * @param edgeKey what CloudFront shows; without it nobody's header is believed
 */
export function viewerAddress(event: APIGatewayProxyEventV2, edgeKey: string | undefined): string {
  const { sourceIp } = event.requestContext.http;
  const throughEdge = edgeKey !== undefined && event.headers[EDGE_HEADER] === edgeKey;
  const forwarded = (event.headers['x-forwarded-for'] ?? '').split(',').map((entry) => entry.trim());
  return network((throughEdge && forwarded.at(-2)) || sourceIp);
}

/** A household has 2^64 addresses of version 6 to choose from: who it is, says the first half. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':')];
  return `${full.slice(0, 4).join(':')}::/64`;
}
