import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isBelow, MethodNotAllowed } from '../../shared/api/match.ts';
import { WES_BASE } from '../../shared/config.ts';
import { FlowservError, findOverrun } from '../../shared/errors.ts';
import { logError } from '../../shared/log.ts';
import { ALWAYS, retryAfterHeader } from './http.ts';

/**
 * Converts a thrown error into JSON: a catalogued error into its status, code and message; an exceeded limit of a
 * service into its own error; any other error into a 500 with a request id and no internals. 413 and 5xx repeat their
 * text as `error`, where flowServ's clients look for it. Routes of GA4GH WES respond with the standard's
 * `ErrorResponse`.
 */
export const errorsAsJson = (): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
  onError: (request) => {
    const { requestId } = request.event.requestContext;
    const error: unknown = request.error;
    if (!(error instanceof FlowservError)) logError('request failed', { requestId }, error);
    const known =
      error instanceof FlowservError
        ? error
        : (findOverrun(error) ?? new FlowservError('internal', 'internal server error, please try again'));
    const { status, code, message, retryAfter } = known;
    request.response = {
      statusCode: status,
      headers: {
        ...ALWAYS,
        'content-type': 'application/json',
        ...retryAfterHeader(retryAfter),
        ...(known instanceof MethodNotAllowed ? { allow: known.allow } : {}),
      },
      body: JSON.stringify(
        isBelow(WES_BASE, request.event.rawPath)
          ? { msg: message, status_code: status, code, requestId }
          : { message, code, requestId, ...(status === 413 || status >= 500 ? { error: message } : {}) },
      ),
    };
  },
});
