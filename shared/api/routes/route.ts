import type * as z from 'zod';
import type { UploadedFile } from '../../uploads/form-data.ts';
import type { Action } from '../../users/authorize.ts';

/**
 * The functions that serve HTTP, separated by privilege: tables and files; passwords and tokens; executions; the files
 * of one step.
 */
export type HttpFunction = 'api' | 'auth' | 'runs' | 'broker';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * The body of a route: none (clients may send `{}` anyway), JSON with a schema, a form with one file, or a form with
 * fields and files.
 */
type BodyKind = NoBody | FileBody | FieldsBody | JsonBody;
interface NoBody {
  readonly kind: 'none';
}
export interface FileBody {
  readonly kind: 'file';
}
/** Fields of text with a schema, and any number of files in one more field. */
export interface FieldsBody<S extends z.ZodObject = z.ZodObject> {
  readonly kind: 'fields';
  readonly schema: S;
  /** Name of the field with the files. */
  readonly files: string;
}
export interface JsonBody<S extends z.ZodType = z.ZodType> {
  readonly kind: 'json';
  readonly schema: S;
  /** True if an absent or empty body counts as `{}`. */
  readonly optional: boolean;
  /** Element whose numbers keep all their digits, because it is a value of the template language. */
  readonly exact?: string | undefined;
}

/** The response of a route on success: JSON with a schema, the bytes of a file, or nothing (204). */
type ResponseKind = JsonResponse | FileResponse | { readonly kind: 'nothing' };
export interface FileResponse {
  readonly kind: 'file';
  /** True for a file that may not exist yet; until then the response is 202. */
  readonly onDemand: boolean;
}
export interface JsonResponse<S extends z.ZodType = z.ZodType> {
  readonly kind: 'json';
  readonly status: 200 | 201 | 202;
  readonly schema: S;
}

/** What the gateway and the router need from a route. */
export interface Endpoint {
  readonly key: string;
  readonly methods: readonly [Method, ...Method[]];
  /** Relative to the base URL, variables in braces, as the service descriptor shows it. */
  readonly pattern: string;
  /** Base path of a route that is not below the API's own, such as `/ga4gh/wes/v1`. */
  readonly base?: string;
  readonly function: HttpFunction;
  /** If absent, a body of the request is ignored. */
  readonly body?: BodyKind;
  readonly response: ResponseKind;
}

/** The declaration of a route, except its key, methods and path. */
interface Declaration extends Pick<Endpoint, 'body' | 'response'> {
  /** One line for the API's documentation. */
  readonly summary: string;
  /** The caller's action, on which `authorize` decides. */
  readonly action: Action;
  readonly function: Exclude<HttpFunction, 'broker'>;
  /** Parameters of the query; none when absent. */
  readonly query?: z.ZodObject;
  /** True if the response carries an ETag, for clients that poll. */
  readonly conditional?: boolean;
  /** True if the response can be CSV, on request. */
  readonly csv?: boolean;
  /** True if a repeated request with the same `Idempotency-Key` returns the first result. */
  readonly idempotent?: boolean;
}

/**
 * A route. It is declared once: router, service descriptor, OpenAPI document, gateway routes and clients are generated
 * from it.
 */
export interface Route extends Declaration, Endpoint {
  readonly function: Declaration['function'];
}

export function route<
  const K extends string,
  const M extends readonly [Method, ...Method[]],
  const D extends Declaration,
>(key: K, methods: M, pattern: string, declaration: D) {
  return { key, methods, pattern, ...declaration };
}

type ElementOf<S extends z.ZodType> = keyof z.output<S> & string;
export const json = <S extends z.ZodType>(schema: S, exact?: ElementOf<S>): JsonBody<S> => ({
  kind: 'json',
  schema,
  optional: false,
  exact,
});
export const optionalJson = <S extends z.ZodType>(schema: S, exact?: ElementOf<S>): JsonBody<S> => ({
  ...json(schema, exact),
  optional: true,
});
export const fileForm: FileBody = { kind: 'file' };
export const fields = <S extends z.ZodObject>(schema: S, files: string): FieldsBody<S> => ({
  kind: 'fields',
  schema,
  files,
});

export const ok = <S extends z.ZodType>(schema: S): JsonResponse<S> => ({
  kind: 'json',
  status: 200,
  schema,
});
export const created = <S extends z.ZodType>(schema: S): JsonResponse<S> => ({
  kind: 'json',
  status: 201,
  schema,
});
/** What is done in the background. */
export const begun = <S extends z.ZodType>(schema: S): JsonResponse<S> => ({
  kind: 'json',
  status: 202,
  schema,
});
export const file: FileResponse = { kind: 'file', onDemand: false };
export const fileOnDemand: FileResponse = { kind: 'file', onDemand: true };
export const nothing = { kind: 'nothing' } as const;

/** The body of a route as its operation gets it. */
export type BodyOfRoute<R> = R extends { readonly body: JsonBody<infer S> }
  ? z.output<S>
  : R extends { readonly body: FileBody }
    ? UploadedFile
    : R extends { readonly body: FieldsBody<infer S> }
      ? { readonly fields: z.output<S>; readonly files: readonly UploadedFile[] }
      : undefined;

/** The query of a route as its operation gets it. */
export type QueryOfRoute<R> = R extends { readonly query: infer Q extends z.ZodType }
  ? z.output<Q>
  : Record<never, never>;

/** The JSON response of a route as a client reads it. */
export type ResponseOfRoute<R> = R extends { readonly response: JsonResponse<infer S> } ? z.output<S> : never;

/** The path of a pattern without its query part. */
export const pathOf = ({ pattern }: Pick<Endpoint, 'pattern'>): string => pattern.split('?')[0] ?? '';
