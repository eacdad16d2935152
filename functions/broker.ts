import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readJsonBody } from '../shared/api/body.ts';
import { createMatcher } from '../shared/api/match.ts';
import { ok } from '../shared/api/operation-result.ts';
import { checkOrigin } from '../shared/api/origins.ts';
import { brokerRoutes } from '../shared/api/routes/broker.ts';
import { beginNext } from '../shared/broker/begin-next.ts';
import { stepInputs } from '../shared/broker/inputs.ts';
import { openSession } from '../shared/broker/session.ts';
import { stepUploads } from '../shared/broker/uploads.ts';
import { isWatched } from '../shared/runs/watching.ts';
import type { Services } from '../shared/services/services.ts';
import { errorsAsJson } from './events/errors.ts';
import { readEvent, writeResponse } from './events/http.ts';
import { tokenOf } from './events/session.ts';

/**
 * The ticket broker, called by the staging program of a step's task. It returns short-lived links to exactly the
 * objects that the step may read and write, and begins the next step of a task.
 */
export const createHandler = (services: Services) => {
  const match = createMatcher(brokerRoutes);
  const { api } = services.config;
  const { basePath } = api;
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(errorsAsJson())
    .handler(async (event) => {
      const request = readEvent(event, api);
      checkOrigin(services.config, request);
      const session = await openSession(services, tokenOf(request.headers));
      const { route } = match(request.method, request.path.slice(basePath.length));
      switch (route.key) {
        case 'steps:inputs': {
          const { page } = readJsonBody(route.body, request.body);
          return writeResponse(ok(await stepInputs(services, session, page)));
        }
        case 'steps:uploads': {
          const { files } = readJsonBody(route.body, request.body);
          const uploads = await stepUploads(services, session, files);
          return writeResponse(ok({ uploads, watched: isWatched(services, session.run) }));
        }
        case 'steps:next': {
          readJsonBody(route.body, request.body);
          return writeResponse(ok(await beginNext(services, session)));
        }
      }
    });
};
