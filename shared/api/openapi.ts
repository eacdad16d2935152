import * as z from 'zod';
import { type ErrorCode, errorCatalogue } from '../error-catalogue.ts';
import { needsSession } from '../users/authorize.ts';
import { downloadLink, notice } from './answers.ts';
import { SESSION_COOKIE } from './operation-result.ts';
import { type JsonResponse, type Method, pathOf, type Route } from './routes/route.ts';
import { allRoutes } from './routes.ts';
import { version } from './version.ts';
import { wesFault } from './wes/schemas.ts';

/** The body of all error responses of the product. Those of gateways and proxies have only `message`. */
const fault = z
  .object({
    message: z.string(),
    /** Also other texts, since a newer server may have more codes. */
    code: z.union([z.enum(Object.keys(errorCatalogue) as ErrorCode[]), z.string()]),
    requestId: z.string(),
    /** The same text as `message`; only for 413 and 5xx. */
    error: z.string().optional(),
  })
  .meta({ id: 'Fault' });

/**
 * Generates the OpenAPI 3.1 document of the API from the route table. `npm run openapi` writes it to `openapi.json`
 * beside this file, which the API serves unchanged.
 */
export function openApiDocument() {
  const schemas = createSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of allRoutes as readonly Route[]) {
    const path = `${route.base ?? ''}/${pathOf(route)}`;
    for (const [index, method] of route.methods.entries()) {
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, method, index, schemas) };
    }
  }
  const faultSchema = schemas.add(fault);
  const wesFaultSchema = schemas.add(wesFault);
  return {
    openapi: '3.1.1',
    info: {
      title: 'flowServ API',
      version,
      summary: 'Reproducible open benchmarks: workflow templates, groups, runs and leaderboards',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/flowserv/api/v1' }],
    paths,
    components: {
      schemas: schemas.all(),
      responses: {
        Fault: rejected(faultSchema),
        WesFault: rejected(wesFaultSchema),
      },
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'api_key' },
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
      },
    },
  };
}

const rejected = (schema: unknown) => ({
  description: 'Rejected',
  content: { 'application/json': { schema } },
});

function operationOf(route: Route, method: Method, index: number, schemas: Schemas) {
  const { key, summary, action, query } = route;
  const open = needsSession(action) ? [] : [{}];
  const cookie = route.response.kind === 'file' ? [{ cookie: [] }] : [];
  return {
    operationId: [key.replaceAll(':', '_'), ...(index > 0 ? [method.toLowerCase()] : [])].join('_'),
    summary,
    tags: [key.split(':')[0]],
    // Such a path begins at the root of the host.
    ...(route.base === undefined ? {} : { servers: [{ url: '/' }] }),
    parameters: [...pathParameters(route), ...headerParameters(route), ...queryParameters(query)],
    ...requestBody(route, schemas),
    responses: responsesOf(route, schemas),
    security: [...open, { token: [] }, { bearer: [] }, ...cookie],
  };
}

const pathParameters = (route: Route) =>
  [...pathOf(route).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_]{1,32}$' },
  }));

const headerParameters = ({ conditional, idempotent }: Route) =>
  [
    ...(conditional
      ? [{ name: 'If-None-Match', in: 'header', description: 'The ETag of an earlier response' }]
      : []),
    ...(idempotent
      ? [
          {
            name: 'Idempotency-Key',
            in: 'header',
            description: 'Makes a repeated request return the first result',
          },
        ]
      : []),
  ].map((parameter) => ({ ...parameter, schema: { type: 'string' } }));

function queryParameters(query: z.ZodObject | undefined) {
  if (!query) return [];
  return Object.entries(query.shape).map(([name, schema]) => {
    const { $schema, ...converted } = z.toJSONSchema(schema as z.ZodType, { io: 'output' });
    return { name, in: 'query', required: false, schema: converted };
  });
}

function requestBody({ body }: Route, schemas: Schemas) {
  if (body?.kind === 'json') {
    const content = { 'application/json': { schema: schemas.add(body.schema, 'input') } };
    return { requestBody: { required: !body.optional, content } };
  }
  if (body?.kind === 'fields') {
    const { $schema, ...converted } = z.toJSONSchema(body.schema, { io: 'input' });
    const file = { type: 'string', contentMediaType: 'application/octet-stream' };
    const properties = { ...converted.properties, [body.files]: { type: 'array', items: file } };
    const content = { 'multipart/form-data': { schema: { ...converted, properties } } };
    return { requestBody: { required: true, content } };
  }
  if (body?.kind !== 'file') return {};
  const schema = {
    type: 'object',
    properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
    required: ['file'],
  };
  return { requestBody: { required: true, content: { 'multipart/form-data': { schema } } } };
}

/** Returns the error statuses of a route. The gateway adds 413 without a code, and 503 when it is overloaded. */
export function errorStatusesOf(route: Route): number[] {
  const { body, query, action, pattern, idempotent } = route;
  // 403 applies to every route, since requests of web pages of other origins may be rejected.
  const takesInput = body !== undefined || query !== undefined;
  return [
    ...(takesInput || pattern.includes('{runId}') ? [400] : []),
    403,
    ...(pattern.includes('{') || action === 'account:enter' ? [404] : []),
    413,
    ...(body?.kind === 'json' ? [415] : []),
    ...(idempotent ? [422] : []),
    ...(action === 'account:enter' ? [429] : []),
    500,
  ];
}

function responsesOf(route: Route, schemas: Schemas) {
  const response = route.base === undefined ? 'Fault' : 'WesFault';
  const errors = errorStatusesOf(route).map((status) => [
    status,
    { $ref: `#/components/responses/${response}` },
  ]);
  return { ...successOf(route, schemas), ...Object.fromEntries(errors) };
}

function successOf({ response, conditional, csv }: Route, schemas: Schemas) {
  switch (response.kind) {
    case 'json':
      return {
        [response.status]: {
          description: 'Done',
          content: {
            ...jsonContent(response, schemas),
            ...(csv ? { 'text/csv': { schema: { type: 'string' } } } : {}),
          },
        },
        ...(conditional ? { 304: { description: 'Not changed since the ETag of `If-None-Match`' } } : {}),
      };
    case 'nothing':
      return { 204: { description: 'Done' } };
    case 'file':
      return {
        200: {
          description: 'The bytes, or with `link=json` a link to them',
          content: {
            '*/*': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } },
            'application/json': { schema: schemas.add(downloadLink) },
          },
        },
        ...(response.onDemand ? { 202: acceptedResponse(schemas) } : {}),
        302: { description: 'The bytes are at the URL in `Location`, for at most 15 minutes' },
      };
  }
}

const acceptedResponse = (schemas: Schemas) => ({
  description: 'The file is being created',
  headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } },
  content: { 'application/json': { schema: schemas.add(notice) } },
});

const jsonContent = ({ schema }: JsonResponse, schemas: Schemas) => ({
  'application/json': { schema: schemas.add(schema) },
});

type Schemas = ReturnType<typeof createSchemas>;

/** Collects the named schemas of a document, each once. */
function createSchemas() {
  const collected: Record<string, unknown> = {};
  return {
    /** Returns a reference to a named schema, which it collects, or the JSON Schema itself if it has no name. */
    add(schema: z.ZodType, io: 'input' | 'output' = 'output'): unknown {
      const converted = z.toJSONSchema(schema, {
        io,
        unrepresentable: 'any',
        // Responses may have more fields in the future.
        override: ({ jsonSchema }) => {
          if (io === 'output' && jsonSchema.additionalProperties === false) {
            delete jsonSchema.additionalProperties;
          }
        },
      });
      const text = JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/');
      const { $schema, $defs = {}, id, ...own } = JSON.parse(text);
      for (const [name, { id: _id, ...definition }] of Object.entries<Record<string, unknown>>($defs)) {
        collected[name] = definition;
      }
      if (id === undefined) return own;
      collected[id] = own;
      return { $ref: `#/components/schemas/${id}` };
    },
    all: () => Object.fromEntries(Object.entries(collected).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
