import type { IncomingMessage } from 'node:http';
import type { CorsConfiguration, ServedHosts } from '@flowserv/local-aws';
import { cors } from '../../shared/api/gateway-routes.ts';
import {
  CREDENTIAL_HEADERS,
  foreignOrigin,
  isPublicRead,
  isTrustedOrigin,
  READ_METHODS,
} from '../../shared/api/origins.ts';
import type { Config } from '../../shared/config.ts';

/** CORS headers for pages that are not trusted: only reads, and no credentials of the user. */
const publicCors = {
  ...cors,
  allowMethods: READ_METHODS,
  allowHeaders: cors.allowHeaders.filter((name) => !CREDENTIAL_HEADERS.includes(name)),
};

/**
 * Returns the CORS configuration for a request. On AWS one configuration applies to all requests; here it depends on
 * the origin, so a page that is not trusted sees public responses only. Functions reject what such a page may not do
 * (`shared/api/origins.ts`).
 */
export function corsFor(config: Config, request: IncomingMessage): CorsConfiguration {
  const { method = '', headers } = request;
  const { origin } = headers;
  if (origin === undefined || config.api.origins.includes('*')) return cors;
  if (isTrustedOrigin(config, origin)) return { ...cors, allowOrigins: [origin] };
  const sees = isPublicRead(config, { method, headers }) && !rejectPreflight(config, request);
  return { ...publicCors, allowOrigins: sees ? [origin] : [] };
}

/** Returns status and message for a preflight request that the function would reject; undefined for any other. */
export function rejectPreflight(config: Config, { method, headers }: IncomingMessage) {
  const { origin, 'access-control-request-method': wanted } = headers;
  if (method !== 'OPTIONS' || origin === undefined || wanted === undefined) return undefined;
  const names = headers['access-control-request-headers']?.toLowerCase().split(',') ?? [];
  const asked = Object.fromEntries(names.map((name) => [name.trim(), '']));
  if (isTrustedOrigin(config, origin) || isPublicRead(config, { method: wanted, headers: asked })) {
    return undefined;
  }
  const { status, message } = foreignOrigin(origin);
  return { status, message };
}

/** Host names of this server: those that the operator configured, and the address that it listens on. */
export function servedHosts(bind: string, { api, endpoints, allowedHosts }: Config): ServedHosts {
  const ownAddress = bind.includes(':') ? `[${bind}]` : bind;
  const wildcard = bind === '0.0.0.0' || bind === '::';
  const links = endpoints.links === undefined ? [] : [new URL(endpoints.links).hostname];
  const named = URL.canParse(api.url) ? [new URL(api.url).hostname] : [];
  return {
    names: [...named, ...links, ...allowedHosts, ...(wildcard ? [] : [ownAddress])],
    advice: 'the operator sets the host names of this server by FLOWSERV_API_HOST and FLOWSERV_ALLOWED_HOSTS',
  };
}
