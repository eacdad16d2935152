import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { createRouter } from '../../shared/api/match.ts';
import type { Operation } from '../../shared/api/operation.ts';
import { checkOrigin } from '../../shared/api/origins.ts';
import type { Route } from '../../shared/api/routes/route.ts';
import { allRoutes } from '../../shared/api/routes.ts';
import type { Services } from '../../shared/services/services.ts';
import { withEntityTag } from './conditional.ts';
import { errorsAsJson } from './errors.ts';
import { readEvent, writeResponse } from './http.ts';
import { cookieTokenOf, tokenOf } from './session.ts';

/** The context of a call. The local gateway tells when the client disconnected; API Gateway does not. */
interface Disconnectable extends Context {
  readonly signal?: AbortSignal;
}

/**
 * Creates a handler for HTTP requests from the operations that one function serves. Every function knows all routes,
 * so that an unknown path or a wrong method gets the same response wherever the gateway sends it.
 */
export function createApiHandler(services: Services, operations: readonly Operation[]) {
  const byKey = new Map(operations.map((operation) => [operation.key as string, operation]));
  const { api } = services.config;
  const match = createRouter<Route>(allRoutes, api.basePath);

  const handle = async (
    event: APIGatewayProxyEventV2,
    { signal }: Disconnectable,
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = readEvent(event, api);
    checkOrigin(services.config, request);
    const { route, params } = match(request.method, request.path);
    const operation = byKey.get(route.key);
    if (!operation) throw new Error(`route '${route.key}' reached a function that does not serve it`);
    const result = await operation.perform({
      services,
      params,
      ...request,
      token: tokenOf(request.headers),
      cookieToken: cookieTokenOf(request.cookies),
      gone: signal,
    });
    const response = writeResponse(result);
    return route.conditional ? withEntityTag(response, result, request.headers['if-none-match']) : response;
  };

  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(errorsAsJson())
    .handler(handle);
}
