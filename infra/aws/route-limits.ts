import { CfnStage, type HttpRoute, type HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { FunctionRoute } from '../../shared/api/gateway-routes.ts';
import type { Stage } from './stage.ts';

/** Requests a second, and at once, that the gateway takes of one route before it answers 429. */
interface RouteLimit {
  readonly rate: number;
  readonly burst: number;
  /** Whether the limit of the stage bounds it as well. */
  readonly withinStage: boolean;
}

/** What hashes a password or sends a mail costs a third of a second of a processor, or somebody's attention. */
const DEAR: RouteLimit = { rate: 10, burst: 20, withinStage: true };
const CHEAP: RouteLimit = { rate: 20, burst: 40, withinStage: true };
/**
 * The tasks of steps ask the ticket broker. A step with 10,000 files asks some 20 times within seconds, and again when it
 * ends. It is apart from the stage's limit, so that a flood of requests by people fails no run; tasks wait out a 429.
 */
const TASKS: RouteLimit = { rate: 500, burst: 1000, withinStage: false };

/** Limits of routes by their keys. All others share the limit of the stage, which a flood of these must not use up. */
const limits: Readonly<Record<string, RouteLimit>> = {
  'users:activate': DEAR,
  'users:login': DEAR,
  'users:pwd:request': DEAR,
  'users:pwd:reset': DEAR,
  'users:register': DEAR,
  'users:list': CHEAP,
  'users:logout': CHEAP,
  'users:whoami': CHEAP,
  'steps:inputs': TASKS,
  'steps:uploads': TASKS,
};

/** A route of the API as the gateway has it. */
export interface CreatedRoute extends FunctionRoute {
  readonly resource: HttpRoute;
}

/**
 * Limits routes one by one. The gateway's stage names them by their keys, so that it comes after them: API Gateway
 * refuses a key that there is not yet.
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
