import { pathOf, type Route } from './routes/route.ts';
import { routes } from './routes.ts';

/** CORS as the gateway answers it, for every route (flowServ HTTP API, CORS). */
export const cors = {
  allowOrigins: ['*'],
  allowMethods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
  allowHeaders: ['accept', 'api_key', 'authorization', 'content-type', 'idempotency-key', 'if-none-match'],
  exposeHeaders: ['content-disposition', 'etag', 'location', 'retry-after'],
  /** Seconds. */
  maxAge: 600,
} as const;

/** Where the staging program of a step's task reaches the ticket broker, relative to the base URL. */
export const BROKER_PATH = 'internal/steps';

export interface FunctionRoute {
  /** API Gateway's route key, such as `POST /flowserv/api/v1/users/login`. */
  readonly routeKey: string;
  readonly function: 'api' | 'auth' | 'runs' | 'broker';
}

/**
 * The routes of the HTTP API: those of the auth and runs functions and of the broker one by one, and
 * `$default` for everything else, which the api function answers, unknown routes included.
 */
export function gatewayRoutes(basePath: string): FunctionRoute[] {
  const own = routes.filter((route: Route) => route.function !== 'api');
  return [
    { routeKey: '$default', function: 'api' },
    { routeKey: `POST ${basePath}/${BROKER_PATH}/{action}`, function: 'broker' },
    ...own.flatMap((route: Route) =>
      methodsOf(route).map((method) => ({
        routeKey: `${method} ${basePath}/${pathOf(route)}`,
        function: route.function,
      })),
    ),
  ];
}

/** A browser or a script may ask for the head of whatever it may get. */
const methodsOf = ({ methods }: Route): readonly string[] =>
  methods.includes('GET') ? [...methods, 'HEAD'] : methods;
