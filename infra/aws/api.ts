import { Duration, Stack } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { cors, gatewayRoutes } from '../../shared/api/gateway-routes.ts';
import { acknowledge } from './acknowledge.ts';
import { FunctionIntegration } from './function-integration.ts';
import type { Functions } from './functions.ts';
import { createLogGroup } from './logs.ts';
import { limitRoutes } from './route-limits.ts';
import { BASE_PATH, type Stage } from './stage.ts';

/** The HTTP API, and its one stage. */
export interface Gateway {
  readonly api: HttpApi;
  readonly stage: HttpStage;
}

/**
 * The HTTP API without its routes: functions need its address, and routes need the functions.
 *
 * Its own address stays open besides CloudFront's, since tasks use it and only an API with a custom name can close it.
 */
export function createGateway(parent: Construct, stage: Stage): Gateway {
  const scope = new Construct(parent, 'Gateway');
  const api = new HttpApi(scope, 'Api', {
    apiName: `flowserv-${stage.name}`,
    corsPreflight: {
      allowOrigins: stage.allowedOrigins,
      allowMethods: cors.allowMethods.map((method) => CorsHttpMethod[method]),
      allowHeaders: [...cors.allowHeaders],
      exposeHeaders: [...cors.exposeHeaders],
      maxAge: Duration.seconds(cors.maxAge),
    },
    createDefaultStage: false,
  });
  const gatewayStage = new HttpStage(scope, 'Stage', {
    httpApi: api,
    stageName: '$default',
    autoDeploy: true,
    throttle: { rateLimit: stage.requestRate, burstLimit: stage.requestBurst },
    accessLogSettings: {
      destination: new LogGroupLogDestination(
        createLogGroup(scope, 'AccessLog', stage, 'requests', VENDED_LOGS),
      ),
      format: accessLogFormat,
    },
  });
  return { api, stage: gatewayStage };
}

/** The gateway's own name. */
export function gatewayHost(api: HttpApi): string {
  const { region, urlSuffix } = Stack.of(api);
  return `${api.apiId}.execute-api.${region}.${urlSuffix}`;
}

/**
 * A policy of the account lets the gateway deliver its logs. In that policy each log group with another prefix takes
 * some of the 5,120 characters (Amazon CloudWatch Logs, "Enable logging from AWS services").
 */
const VENDED_LOGS = '/aws/vendedlogs';

/** Logs the route, not the path: a path may hold the id of a file, and the id is enough to read the file. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    time: AccessLogField.contextRequestTime(),
    ip: AccessLogField.contextIdentitySourceIp(),
    route: '$context.routeKey',
    status: AccessLogField.contextStatus(),
    bytes: AccessLogField.contextResponseLength(),
    milliseconds: AccessLogField.contextResponseLatency(),
    error: '$context.integrationErrorMessage',
  }),
);

/** Connects each route of the API to its function. */
export function createRoutes(parent: Construct, stage: Stage, gateway: Gateway, functions: Functions): void {
  const scope = new Construct(parent, 'Routes');
  const integrationOf = (name: keyof Functions) =>
    new FunctionIntegration(name, gateway.api, functions[name]);
  const integrations = {
    api: integrationOf('api'),
    auth: integrationOf('auth'),
    runs: integrationOf('runs'),
    broker: integrationOf('broker'),
  };
  const created = gatewayRoutes(BASE_PATH).map((route) => {
    const { routeKey, function: name } = route;
    const resource = new HttpRoute(scope, routeKey.replaceAll('/', ' '), {
      httpApi: gateway.api,
      routeKey: parseRouteKey(routeKey),
      integration: integrations[name],
    });
    acknowledge(
      resource,
      'APIG4',
      'the functions check sessions and tickets: most routes accept both kinds of callers',
    );
    return { ...route, resource };
  });
  limitRoutes(gateway.stage, stage, created);
}

function parseRouteKey(key: string): HttpRouteKey {
  if (key === '$default') return HttpRouteKey.DEFAULT;
  const [name, path] = key.split(' ');
  const method = Object.values(HttpMethod).find((known) => known === name);
  if (method === undefined || path === undefined) throw new Error(`not a route key: '${key}'`);
  return HttpRouteKey.with(path, method);
}
