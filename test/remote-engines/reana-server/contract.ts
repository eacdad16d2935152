import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import * as z from 'zod';

/**
 * Checks requests and responses against REANA's published OpenAPI document (Swagger 2.0), which this folder's server
 * follows. A request that the real server might not accept must not pass here.
 */

const FILE = new URL('../../fixtures/reana/reana-server.openapi.json', import.meta.url);

const schema = z.record(z.string(), z.unknown());
const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'body', 'header']),
  required: z.boolean().default(false),
  type: z.string().optional(),
  schema: schema.optional(),
});
const operationSchema = z.object({
  operationId: z.string(),
  consumes: z.array(z.string()).optional(),
  parameters: z.array(parameter).default([]),
  responses: z.record(z.string(), z.object({ schema: schema.optional() })),
});
type Operation = z.infer<typeof operationSchema>;
const { paths } = z
  .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
  .parse(JSON.parse(readFileSync(FILE, 'utf8')));

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const compiled = new Map<object, ValidateFunction>();

export interface CheckedRequest {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string | undefined;
  /** Parsed JSON; undefined for another type. */
  readonly json: unknown;
}

/** Finds the operation of a request, with the values of its path. */
export function operationOf(method: string, path: string) {
  for (const [template, operations] of Object.entries(paths)) {
    const found = operations[method.toLowerCase()];
    const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    // Only the name of a file contains slashes.
    const pattern = template.replace(/\{(\w+)\}/g, (_, name) => (name === 'file_name' ? '(.+)' : '([^/]+)'));
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (!match || found === undefined) continue;
    const values = new Map(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
    return { operation: operationSchema.parse(found), values };
  }
  return undefined;
}

/** Returns how a request differs from its operation. */
export function faultsOfRequest({ operation }: { operation: Operation }, request: CheckedRequest): string[] {
  const { parameters, consumes } = operation;
  const at = `${operation.operationId}: `;
  const known = parameters.filter((one) => one.in === 'query');
  const given = [...request.url.searchParams.keys()];
  const unknown = given.filter((name) => !known.some((one) => one.name === name));
  const missing = known.filter(({ name, required }) => required && !given.includes(name));
  const wrong = known.filter(({ name, type }) => {
    const value = request.url.searchParams.get(name);
    return value !== null && type === 'integer' && !/^\d+$/.test(value);
  });
  const body = parameters.find((one) => one.in === 'body');
  const hasBody = request.contentType !== undefined;
  const isType = !hasBody || consumes === undefined || consumes.includes(request.contentType ?? '');
  return [
    ...unknown.map((name) => `${at}unknown parameter ${name}`),
    ...missing.map(({ name }) => `${at}missing parameter ${name}`),
    ...wrong.map(({ name }) => `${at}parameter ${name} is not an integer`),
    ...(isType ? [] : [`${at}type ${request.contentType}`]),
    ...(body?.required && !hasBody ? [`${at}missing body`] : []),
    ...(body?.schema && request.json !== undefined
      ? faultsOf(body.schema, request.json).map((f) => at + f)
      : []),
  ];
}

/** Returns how a response differs from those of its operation. */
export function faultsOfResponse(
  { operation }: { operation: Operation },
  status: number,
  json: unknown,
): string[] {
  const at = `${operation.operationId} ${status}: `;
  const response = operation.responses[String(status)];
  // Every operation that needs a login has these responses, which its description omits (`signin_required`).
  if (!response) return status === 401 || status === 403 ? [] : [`${at}not documented`];
  if (!response.schema || response.schema.type === 'file') return [];
  const names = Object.keys((response.schema.properties ?? {}) as object);
  const further = Object.keys(Object(json)).filter((name) => !names.includes(name));
  return [...faultsOf(response.schema, json), ...further.map((name) => `unknown property ${name}`)].map(
    (fault) => at + fault,
  );
}

function faultsOf(of: object, value: unknown): string[] {
  const validate = compiled.get(of) ?? ajv.compile(withNulls(of) as object);
  compiled.set(of, validate);
  return validate(value) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

/** Converts `x-nullable` of Swagger 2.0 to JSON Schema. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, withNulls(part)]);
  const copy = Object.fromEntries(entries);
  return copy['x-nullable'] === true ? { ...copy, type: [copy.type, 'null'] } : copy;
}
