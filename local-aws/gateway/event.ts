import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { badRequest } from './gateway-error.ts';
import type { RouteMatch } from './routes.ts';

/** The API in the events. */
export interface ApiIdentity {
  readonly accountId: string;
  readonly apiId: string;
}

/** Path and query of a request as in the event. */
interface RequestTarget {
  /** Decoded; cut off at a decoded question mark, as by AWS. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
}

/**
 * Splits and decodes the request target. An HTTP API passes the path decoded, also in `rawPath`, and the query as sent.
 * Source: API Gateway Developer Guide, "Create routes for HTTP APIs" (note on decoding). Captures of real events show
 * that `rawPath` is decoded (github.com/hotsock/voker/pull/8).
 *
 * @throws GatewayError 400 for a malformed percent escape or a target without a path
 */
export function parseTarget(url: string): RequestTarget {
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
  if (!path.startsWith('/')) throw badRequest();
  try {
    return { path: decodeURIComponent(path).replace(/\?.*/s, ''), query };
  } catch (error) {
    throw badRequest(error);
  }
}

/**
 * Creates the event of payload format 2.0 for a request.
 * Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
 */
export function createEvent(
  request: IncomingMessage,
  body: Buffer,
  target: RequestTarget,
  match: RouteMatch,
  identity: ApiIdentity & { readonly requestId: string; readonly now: Date },
): APIGatewayProxyEventV2 {
  const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  const { cookie, ...headers } = eventHeaders(request, body, sourceIp);
  const cookies = (cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter(Boolean);
  const parameters = queryParameters(target.query);
  const domainName = (headers.host ?? 'localhost').replace(/:\d+$/, '');
  const { routeKey } = match.route;
  const method = request.method ?? 'GET';
  return {
    version: '2.0',
    routeKey,
    rawPath: target.path,
    rawQueryString: target.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(parameters ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: identity.accountId,
      apiId: identity.apiId,
      domainName,
      domainPrefix: domainName.split('.')[0] ?? domainName,
      http: {
        method,
        path: target.path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: identity.requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(identity.now),
      timeEpoch: identity.now.getTime(),
    },
    ...(match.pathParameters ? { pathParameters: match.pathParameters } : {}),
    ...encodeBody(body, headers['content-type']),
  };
}

/** Headers with lower-case names, repeated headers joined with commas, and the headers that the gateway adds. */
function eventHeaders(request: IncomingMessage, body: Buffer, sourceIp: string): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values && !HOP_BY_HOP.has(name)) joined.set(name, values.join(name === 'cookie' ? ';' : ','));
  }
  const forwardedFor = joined.get('x-forwarded-for');
  joined.set('x-forwarded-for', forwardedFor ? `${forwardedFor}, ${sourceIp}` : sourceIp);
  joined.set('x-forwarded-port', String(request.socket.localPort ?? ''));
  joined.set('x-forwarded-proto', 'http');
  if (!joined.has('x-amzn-trace-id')) joined.set('x-amzn-trace-id', createTraceId());
  joined.set('content-length', String(body.length));
  return Object.fromEntries(joined);
}

/** Headers for one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Decoded names and values, with `+` as a space; values of a repeated name are joined with commas in their order. */
function queryParameters(query: string): Record<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return values.size > 0 ? Object.fromEntries(values) : undefined;
}

/**
 * Media types whose bodies are passed to the function as text. All others are passed in base64, also forms and requests
 * without a content type. AWS does not list them. Others tested them with a deployed HTTP API
 * (github.com/ministackorg/ministack/pull/766), and found that a text in a charset other than UTF-8 is passed in base64
 * too (github.com/floci-io/floci/issues/2172).
 */
const TEXT = /^(?:text\/[^;]|application\/(?:json|xml|javascript)\s*(?:;|$))/i;
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-?8\b)/i;

const isText = (contentType = ''): boolean => TEXT.test(contentType) && !OTHER_CHARSET.test(contentType);

function encodeBody(body: Buffer, contentType: string | undefined) {
  if (body.length === 0) return { isBase64Encoded: false };
  // How an HTTP API decodes text that is not UTF-8 is not documented. This is the worst case, and the behaviour of REST
  // APIs: U+FFFD replaces invalid bytes.
  return isText(contentType)
    ? { body: body.toString('utf8'), isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: Date): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  const [year, , day] = date.split('-');
  return `${day}/${MONTHS[now.getUTCMonth()]}/${year}:${time.slice(0, 8)} +0000`;
}

/** `Root=1-<seconds>-<96 random bits>` (X-Ray Developer Guide, tracing header). */
function createTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
