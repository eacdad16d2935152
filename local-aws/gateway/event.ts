import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { badRequest } from './refusal.ts';
import type { RouteMatch } from './routes.ts';

/** The API that events come from. */
export interface ApiIdentity {
  readonly accountId: string;
  readonly apiId: string;
}

/** Path and query of a request as the event carries them. */
interface RequestTarget {
  /** Decoded; what follows a decoded question mark is cut off, as the gateway does. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
}

/**
 * Splits and decodes the request target. An HTTP API hands the path over decoded, in `rawPath` too, and the
 * query as it came.
 * Source: API Gateway Developer Guide, "Create routes for HTTP APIs" (note on decoding); that `rawPath` is
 * decoded shows in captures of real events (github.com/hotsock/voker/pull/8).
 *
 * @throws Refusal 400 for a malformed percent escape or a target without a path
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
 * The event of payload format 2.0 for a request.
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

/** Lower-case names, repeated headers joined with commas, and what the gateway itself adds. */
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

/** Headers that concern one connection only (RFC 9110, 7.6.1). */
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

/** Names and values decoded, `+` as a space; values of a repeated name joined with commas in their order. */
function queryParameters(query: string): Record<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return values.size > 0 ? Object.fromEntries(values) : undefined;
}

/**
 * Media types whose bodies reach the function as text; all others come in base64, forms and requests without
 * a content type among them. AWS does not list them; these were found by trying a deployed HTTP API
 * (github.com/ministackorg/ministack/pull/766), and that another charset than UTF-8 makes text bytes as well
 * (github.com/floci-io/floci/issues/2172).
 */
const TEXT = /^(?:text\/[^;]|application\/(?:json|xml|javascript)\s*(?:;|$))/i;
const OTHER_CHARSET = /;\s*charset\s*=\s*(?!"?utf-?8\b)/i;

const isText = (contentType = ''): boolean => TEXT.test(contentType) && !OTHER_CHARSET.test(contentType);

function encodeBody(body: Buffer, contentType: string | undefined) {
  if (body.length === 0) return { isBase64Encoded: false };
  // No public report says what an HTTP API makes of text that is not UTF-8. This is the worst that it could do, and
  // what REST APIs do: U+FFFD in the place of what is none.
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
