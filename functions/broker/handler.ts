import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { readJsonBody } from '../../shared/api/body.ts';
import { stepInputs } from '../../shared/broker/inputs.ts';
import { openSession } from '../../shared/broker/session.ts';
import { stepUploads } from '../../shared/broker/uploads.ts';
import { FlowservError } from '../../shared/errors.ts';
import type { Services } from '../../shared/services/services.ts';
import { inputsRequestSchema, uploadsRequestSchema } from '../../shared/staging/protocol-schema.ts';
import { errorsAsJson } from '../edge/errors.ts';
import { readEvent, writeAnswer } from '../edge/http.ts';
import { tokenOf } from '../edge/session.ts';

/**
 * The ticket broker: what the staging program of a step's task calls. It hands out links to exactly the
 * objects that the step may read and write, for the short time that they are good.
 */
export const createHandler = (services: Services) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(errorsAsJson())
    .handler(async (event) => {
      const request = readEvent(event);
      const session = await openSession(services, tokenOf(request.headers));
      if (request.method === 'POST' && request.path.endsWith('/inputs')) {
        const { page } = readJsonBody(
          { kind: 'json', schema: inputsRequestSchema, optional: false },
          request.body,
        );
        return writeAnswer({ kind: 'json', status: 200, json: await stepInputs(services, session, page) });
      }
      if (request.method === 'POST' && request.path.endsWith('/uploads')) {
        const { files } = readJsonBody(
          { kind: 'json', schema: uploadsRequestSchema, optional: false },
          request.body,
        );
        const uploads = await stepUploads(services, session, files);
        return writeAnswer({ kind: 'json', status: 200, json: { uploads } });
      }
      throw new FlowservError(404, 'route.unknown', 'unknown route');
    });
