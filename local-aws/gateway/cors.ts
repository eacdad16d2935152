import type { OutgoingHttpHeaders } from 'node:http';

/** The CORS configuration of an HTTP API (CloudFormation `AWS::ApiGatewayV2::Api Cors`). */
export interface CorsConfiguration {
  /** Origins, or `*` for all. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds that a browser may remember the answer to a preflight. */
  readonly maxAge?: number;
}

/**
 * Headers for an answer to a request that names its origin; none for other requests and foreign origins.
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
 * Headers of the 204 that the gateway gives to OPTIONS itself, whatever the routes say. It carries the
 * configuration only to a real preflight: one with `Origin` and `Access-Control-Request-Method`.
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

/** Where CORS is configured the gateway ignores what the function says about it. */
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
