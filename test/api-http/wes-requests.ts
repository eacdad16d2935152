import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { WES_BASE } from '../../shared/config.ts';
import type { Reply, RunningStack } from '../end-to-end/running-stack.ts';

/** Requests to the routes of GA4GH WES, each of whose responses is checked against the published OpenAPI document. */

const FOLDER = new URL('../fixtures/wes/', import.meta.url);
const readDocument = (name: string): unknown => parse(readFileSync(new URL(name, FOLDER), 'utf8'));

const schemaSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
});
const responseSchema = z.object({
  content: z.object({ 'application/json': z.object({ schema: z.object({ $ref: z.string() }) }) }),
});
const operationSchema = z.object({ responses: z.record(z.string(), responseSchema) });
const specification = z
  .looseObject({
    paths: z.record(z.string(), z.record(z.string(), operationSchema)),
    components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
  })
  .parse(readDocument('workflow_execution_service.openapi.yaml'));

const SERVICE_INFO =
  'https://raw.githubusercontent.com/ga4gh-discovery/ga4gh-service-info/v1.0.0/service-info.yaml';
const service = z
  .looseObject({ components: z.object({ schemas: z.record(z.string(), schemaSchema) }) })
  .parse(readDocument('service-info.yaml'));

// The documents are OpenAPI, not JSON Schema, and their formats name widths of numbers.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(specification, 'wes');
ajv.addSchema(service, SERVICE_INFO);

export interface WesRequest {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: FormData | URLSearchParams | string;
}

/** Statuses that the document lists for no path, but the service sends: all have the body of an error. */
const FURTHER = [404, 400, 405, 413, 422, 429];

/** Sends a request relative to the standard's base path, and checks its response. */
export async function wes(
  stack: Pick<RunningStack, 'url'>,
  method: string,
  path: string,
  { token, headers, body }: WesRequest = {},
): Promise<Pick<Reply, 'status' | 'json' | 'headers'>> {
  const { origin } = new URL(stack.url);
  const response = await fetch(`${origin}${WES_BASE}${path}`, {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const json: unknown = JSON.parse(await response.text());
  checkResponse(method, path.split('?')[0] ?? '', response.status, json);
  return { status: response.status, json, headers: response.headers };
}

function checkResponse(method: string, path: string, status: number, json: unknown): void {
  const place = `${method} ${path} ${status}: ${JSON.stringify(json)}`;
  const operation = operationOf(method, path);
  const response = operation?.responses[String(status)];
  if (!response) expect(FURTHER, place).toContain(status);
  const name = response?.content['application/json'].schema.$ref ?? '#/components/schemas/ErrorResponse';
  const validate = ajv.compile({ $ref: `wes${name}` });
  expect(validate(json) ? [] : validate.errors, place).toEqual([]);
  // Most properties of the document are optional, so a wrong name would pass.
  const known = [...namesOf({ $ref: name }), ...(status >= 400 ? ['code', 'requestId'] : [])];
  expect(known, place).toEqual(expect.arrayContaining(Object.keys(Object(json))));
}

function operationOf(method: string, path: string) {
  const segments = path.split('/');
  const found = Object.entries(specification.paths).find(([pattern]) => {
    const wanted = pattern.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((segment, index) => segment.startsWith('{') || segment === segments[index])
    );
  });
  return found?.[1][method.toLowerCase()];
}

/** Returns the names of all properties of a schema. */
function namesOf(schema: unknown): string[] {
  const { properties = {}, allOf = [], $ref } = schemaSchema.parse(schema);
  const name = $ref?.split('/').at(-1) ?? '';
  const from = $ref?.startsWith('http') ? service : specification;
  return [
    ...Object.keys(properties),
    ...allOf.flatMap(namesOf),
    ...($ref === undefined ? [] : namesOf(from.components.schemas[name])),
  ];
}

/** Returns the form of a run request; `files` are attachments by their names. */
export function runRequest(
  fields: Readonly<Record<string, string | object>>,
  files: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData();
  const all = { workflow_type: 'FLOWSERV', workflow_type_version: '1.0', ...fields };
  for (const [name, value] of Object.entries(all)) {
    form.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  for (const [name, content] of Object.entries(files)) {
    form.append('workflow_attachment', new Blob([content]), name);
  }
  return form;
}

/** Returns functions that send requests, and start runs, with the session of a user. */
export function wesClient(stack: Pick<RunningStack, 'url'>, token: () => string) {
  const ask = (method: string, path: string, options: WesRequest = {}) =>
    wes(stack, method, path, { token: token(), ...options });
  const start = (
    fields: Readonly<Record<string, string | object>>,
    files?: Readonly<Record<string, string>>,
    options: WesRequest = {},
  ) => ask('POST', '/runs', { body: runRequest(fields, files), ...options });
  return { ask, start };
}
