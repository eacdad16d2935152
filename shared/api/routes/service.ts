import { openApiDocument, service } from '../answers.ts';
import { ok, route } from './route.ts';

/** The service itself. */
export const serviceRoutes = [
  route('service', ['GET'], '', {
    summary: 'The service descriptor: where the API is and which routes it has',
    action: 'service:read',
    function: 'api',
    response: ok(service),
  }),
] as const;

/** Routes that flowServ does not have. They come last in the table. */
export const documentRoutes = [
  route('openapi', ['GET'], 'openapi.json', {
    summary: 'This document',
    action: 'service:read',
    function: 'api',
    response: ok(openApiDocument),
    conditional: true,
  }),
] as const;
