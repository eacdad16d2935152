import { isIP, isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Config } from '../../shared/config.ts';
import { isSameSecret } from '../../shared/ids.ts';

/** Header by which CloudFront proves that a request came through it; its value is a secret of the deployment. */
export const EDGE_HEADER = 'x-flowserv-edge';
/** Header with the viewer's address, which CloudFront sets and which replaces any value that the viewer sent. */
export const VIEWER_HEADER = 'x-flowserv-viewer';

/** The sources that are trusted to report a client's address. */
export type Trust = Pick<Config['api'], 'edgeKey' | 'trustedProxies'>;

/**
 * The network address of the client: that of the connection, unless a trusted source reports another. Trusted are
 * CloudFront, by its secret, and proxies in front of the local stack, by their own addresses.
 */
export function viewerAddress(event: APIGatewayProxyEventV2, trust: Trust): string {
  const { sourceIp } = event.requestContext.http;
  return network(throughEdge(event, trust) ?? throughProxies(event, trust) ?? sourceIp);
}

function throughEdge({ headers }: APIGatewayProxyEventV2, { edgeKey }: Trust): string | undefined {
  if (edgeKey === undefined || !isSameSecret(headers[EDGE_HEADER] ?? '', edgeKey)) return undefined;
  return anAddress(headers[VIEWER_HEADER]);
}

/**
 * Each proxy appends the address of its own client to `X-Forwarded-For`; the gateway appends that of the connection:
 * the last address that does not belong to a trusted proxy is the client's. Anything that the client wrote comes before
 * it.
 */
function throughProxies({ headers, requestContext }: APIGatewayProxyEventV2, { trustedProxies }: Trust) {
  if (!trustedProxies.includes(requestContext.http.sourceIp)) return undefined;
  const forwarded = (headers['x-forwarded-for'] ?? '').split(',').map((entry) => entry.trim());
  return anAddress(forwarded.findLast((entry) => !trustedProxies.includes(entry)));
}

const anAddress = (text: string | undefined) => (text !== undefined && isIP(text) !== 0 ? text : undefined);

/** Returns the first half of an IPv6 address: a household can choose from 2^64 addresses with the same first half. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const full = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':')];
  return `${full.slice(0, 4).join(':')}::/64`;
}
