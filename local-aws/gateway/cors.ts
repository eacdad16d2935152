import type { OutgoingHttpHeaders } from 'node:http';

/** The CORS configuration of an HTTP API (CloudFormation `AWS::ApiGatewayV2::Api Cors`). */
export interface CorsConfiguration {
  /** Origins, or `*` for all. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds that a browser may cache the response to a preflight request. */
  readonly maxAge?: number;
}

/**
 * Headers of the response to a request with an allowed origin; none for other requests.
 * Source: API Gateway Developer Guide, "Configure CORS for HTTP APIs".
 */
export function corsHeaders(cors: CorsConfiguration, origin: string | undefined): OutgoingHttpHeaders {
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined) return {};
  return {
    'access-control-allow-origin': allowed,
    ...(allowed === '*' ? {} : { vary: 'Origin' }),
    ...list('access-control-expose-headers', cors.exposeHeaders ?? []),
  };
}

/**
 * Headers of the 204 response of the gateway to OPTIONS, independent of the routes. It contains the configuration only
 * for a preflight request: one with `Origin` and `Access-Control-Request-Method`.
 */
export function preflightHeaders(
  cors: CorsConfiguration,
  origin: string | undefined,
  requestedMethod: string | undefined,
): OutgoingHttpHeaders {
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined || requestedMethod === undefined) return {};
  return {
    'access-control-allow-origin': allowed,
    ...(allowed === '*' ? {} : { vary: 'Origin' }),
    ...list('access-control-allow-methods', cors.allowMethods),
    ...list('access-control-allow-headers', cors.allowHeaders),
    ...(cors.maxAge === undefined ? {} : { 'access-control-max-age': String(cors.maxAge) }),
  };
}

/** Whether a header of a function is ignored by a gateway that has a CORS configuration. */
export function isCorsHeader(name: string): boolean {
  return name.toLowerCase().startsWith('access-control-');
}

function allowedOrigin(cors: CorsConfiguration, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (cors.allowOrigins.includes('*')) return '*';
  return cors.allowOrigins.includes(origin) ? origin : undefined;
}

const list = (name: string, values: readonly string[]): OutgoingHttpHeaders =>
  values.length > 0 ? { [name]: values.join(',') } : {};
