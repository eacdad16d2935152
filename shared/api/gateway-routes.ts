import { createRouter } from './match.ts';
import { brokerRoutes } from './routes/broker.ts';
import { type Endpoint, type HttpFunction, pathOf } from './routes/route.ts';
import { allRoutes } from './routes.ts';

/** CORS headers that the gateway returns for every route (flowServ HTTP API, CORS). */
export const cors = {
  allowOrigins: ['*'],
  allowMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
  allowHeaders: ['accept', 'api_key', 'authorization', 'content-type', 'idempotency-key', 'if-none-match'],
  exposeHeaders: ['content-disposition', 'etag', 'link', 'location', 'poll-after', 'retry-after'],
  /** Seconds. */
  maxAge: 600,
} as const;

export interface FunctionRoute {
  /** The route's own key, such as `users:login`; `$default` for requests that no other route matches. */
  readonly key: string;
  /** API Gateway's route key, such as `POST /flowserv/api/v1/users/login`. */
  readonly routeKey: string;
  readonly function: HttpFunction;
}

/**
 * Returns a check of whether a request's body has to be read. A request to an unknown route is rejected whatever its
 * body is.
 *
 * @param basePath base path of the API
 */
export function takesBody(basePath: string): (method: string, path: string) => boolean {
  const match = createRouter<Endpoint>([...allRoutes, ...brokerRoutes], basePath);
  return (method, path) => {
    try {
      return match(method, path).route.body !== undefined;
    } catch {
      return false;
    }
  };
}

/**
 * Returns the routes of the HTTP API: one for each route of the auth, runs and broker functions, and `$default` for
 * everything else, which the api function serves, including unknown routes.
 */
export function gatewayRoutes(basePath: string): FunctionRoute[] {
  const all: readonly Endpoint[] = [...allRoutes, ...brokerRoutes];
  const own = all.filter((route) => route.function !== 'api');
  return [
    { key: '$default', routeKey: '$default', function: 'api' },
    ...own.flatMap((route) =>
      methodsOf(route).map((method) => ({
        key: route.key,
        routeKey: `${method} ${route.base ?? basePath}/${pathOf(route)}`,
        function: route.function,
      })),
    ),
  ];
}

/** HEAD is allowed wherever GET is. */
const methodsOf = ({ methods }: Endpoint): readonly string[] =>
  methods.includes('GET') ? [...methods, 'HEAD'] : methods;
