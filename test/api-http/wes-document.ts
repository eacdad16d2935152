import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import * as z from 'zod';

/** The published OpenAPI document of GA4GH WES 1.1.0, by which responses are checked. */

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
const operationSchema = z.object({
  parameters: z.unknown().optional(),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), responseSchema),
});
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

/**
 * Returns how a response differs from the document.
 *
 * @param path without a query, relative to the standard's base path
 * @param further statuses that the document lists for no path, and properties of errors, that the service has besides
 */
export function faultsOfResponse(
  method: string,
  path: string,
  status: number,
  json: unknown,
  further: { readonly statuses: readonly number[]; readonly ofErrors: readonly string[] },
): string[] {
  const response = operationOf(method, path)?.responses[String(status)];
  const isKnown = response !== undefined || further.statuses.includes(status);
  const name = response?.content['application/json'].schema.$ref ?? '#/components/schemas/ErrorResponse';
  // Most properties of the document are optional, so a wrong name would pass.
  const known = [...namesOf({ $ref: name }), ...(status >= 400 ? further.ofErrors : [])];
  const faults = [
    ...(isKnown ? [] : [`unknown status ${status}`]),
    ...faultsOf({ $ref: `wes${name}` }, json),
    ...Object.keys(Object(json)).flatMap((key) => (known.includes(key) ? [] : [`unknown property ${key}`])),
  ];
  return faults.map(
    (fault) => `${method} ${path} ${status}: ${fault}: ${JSON.stringify(json).slice(0, 1000)}`,
  );
}

/** Returns how a value differs from a schema. */
function faultsOf(schema: object, value: unknown): string[] {
  const validate = ajv.compile(schema);
  return validate(value) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}

const formSchema = z.object({ properties: z.record(z.string(), z.unknown()) });
const requestSchema = z.object({
  content: z.object({ 'multipart/form-data': z.object({ schema: formSchema }) }),
});
const parametersSchema = z.array(z.object({ name: z.string(), in: z.string() })).default([]);

/** Returns how a request differs from the document. @param form of a run request, with each text as JSON if it is */
export function faultsOfRequest(method: string, url: URL, path: string, form?: FormData): string[] {
  const operation = operationOf(method, path);
  if (!operation) return [`unknown operation ${method} ${path}`];
  const known = parametersSchema.parse(operation.parameters).filter((one) => one.in === 'query');
  const query = [...url.searchParams.keys()].filter((name) => !known.some((one) => one.name === name));
  return [
    ...query.map((name) => `${method} ${path}: unknown parameter ${name}`),
    ...(form ? faultsOfForm(requestSchema.parse(operation.requestBody), form) : []),
  ];
}

/** The texts of a form are those of `RunRequest`, some of them as JSON. */
function faultsOfForm({ content }: z.output<typeof requestSchema>, form: FormData): string[] {
  const { properties } = content['multipart/form-data'].schema;
  const names = [...new Set(form.keys())];
  const isJson = /^(?:workflow_params|tags|workflow_engine_parameters)$/;
  const texts = [...form].filter(([name]) => name !== 'workflow_attachment');
  const request = texts.map(([name, text]) => [name, isJson.test(name) ? JSON.parse(String(text)) : text]);
  return [
    ...names.flatMap((name) => (name in properties ? [] : [`unknown field ${name}`])),
    ...faultsOf({ $ref: 'wes#/components/schemas/RunRequest' }, Object.fromEntries(request)),
  ];
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
