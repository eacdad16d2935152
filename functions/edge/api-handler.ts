import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createMatcher } from '../../shared/api/match.ts';
import type { Operation } from '../../shared/api/operation.ts';
import { routes } from '../../shared/api/routes.ts';
import { unknownObject } from '../../shared/errors.ts';
import type { Services } from '../../shared/services.ts';
import { errorsAsJson } from './errors.ts';
import { readEvent, tokenOf, writeAnswer } from './http.ts';

/**
 * A handler for HTTP requests from the operations that one function serves. Every function knows all routes,
 * so that an unknown path or a wrong method gets the same answer wherever the gateway sends it.
 */
export function createApiHandler(services: Services, operations: readonly Operation[]) {
  const match = createMatcher(routes);
  const byKey = new Map(operations.map((operation) => [operation.key as string, operation]));
  const { basePath } = services.config.api;

  const handle = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const request = readEvent(event);
    const inside = request.path === basePath || request.path.startsWith(`${basePath}/`);
    if (!inside) throw unknownObject('route', request.path.slice(0, 200));
    const { route, params } = match(request.method, request.path.slice(basePath.length));
    const operation = byKey.get(route.key);
    if (!operation) throw new Error(`route '${route.key}' reached a function that does not serve it`);
    const answer = await operation.perform({
      services,
      params,
      query: request.query,
      contentType: request.headers['content-type'],
      body: request.body,
      token: tokenOf(request),
    });
    return writeAnswer(answer);
  };

  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(errorsAsJson())
    .handler(handle);
}
