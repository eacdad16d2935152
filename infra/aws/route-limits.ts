import { CfnStage, type HttpRoute, type HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { FunctionRoute } from '../../shared/api/gateway-routes.ts';
import type { Stage } from './stage.ts';

/** Rate (requests per second) and burst that the gateway accepts for one route before it responds with 429. */
interface RouteLimit {
  readonly rate: number;
  readonly burst: number;
  /** Whether the limit of the stage applies as well. */
  readonly withinStage: boolean;
}

/** A route that hashes a password or sends mail costs a third of a second of a processor, or a person's attention. */
const DEAR: RouteLimit = { rate: 10, burst: 20, withinStage: true };
const CHEAP: RouteLimit = { rate: 20, burst: 40, withinStage: true };
/**
 * The tasks of steps call the ticket broker. A step with 10,000 files sends some 20 requests within seconds, and again
 * at its end. Its limit is separate from the stage's, so a flood of user requests fails no run; tasks retry after a
 * 429.
 */
const TASKS: RouteLimit = { rate: 500, burst: 1000, withinStage: false };

/** Limits of routes by their keys. All others share the limit of the stage, which a flood of these must not use up. */
const limits: Readonly<Record<string, RouteLimit>> = {
  'users:activate': DEAR,
  'users:delete': DEAR,
  'users:login': DEAR,
  'users:pwd:request': DEAR,
  'users:pwd:reset': DEAR,
  'users:register': DEAR,
  'users:list': CHEAP,
  'users:logout': CHEAP,
  'users:whoami': CHEAP,
  'tokens:create': CHEAP,
  'tokens:list': CHEAP,
  'tokens:revoke': CHEAP,
  'steps:inputs': TASKS,
  'steps:next': TASKS,
  'steps:uploads': TASKS,
};

/** A route of the API in the form of the gateway. */
export interface CreatedRoute extends FunctionRoute {
  readonly resource: HttpRoute;
}

/**
 * Sets limits for single routes. The gateway's stage refers to them by key and is therefore created after them: API
 * Gateway rejects the key of a route that does not exist yet.
 */
export function limitRoutes(
  gatewayStage: HttpStage,
  { requestRate, requestBurst }: Stage,
  routes: readonly CreatedRoute[],
): void {
  const stage = gatewayStage.node.defaultChild;
  if (!(stage instanceof CfnStage)) throw new Error('the stage of the gateway has no resource of its own');
  const settings = routes.flatMap(({ key, routeKey }) => {
    const limit = limits[key];
    if (!limit) return [];
    const most = limit.withinStage ? { rate: requestRate, burst: requestBurst } : limit;
    const ThrottlingRateLimit = Math.min(limit.rate, most.rate);
    const ThrottlingBurstLimit = Math.min(limit.burst, most.burst);
    return [[routeKey, { ThrottlingRateLimit, ThrottlingBurstLimit }]];
  });
  stage.routeSettings = Object.fromEntries(settings);
  gatewayStage.node.addDependency(...routes.map(({ resource }) => resource));
}
