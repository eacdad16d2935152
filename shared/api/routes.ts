import type * as z from 'zod';
import type { UploadedFile } from '../uploads/multipart.ts';
import {
  activateBody,
  cancelRunBody,
  createGroupBody,
  loginBody,
  passwordRequestBody,
  passwordResetBody,
  registerBody,
  startRunBody,
  updateGroupBody,
} from './schemas.ts';

/** The three functions of the API, by privilege: tables and files; passwords and tokens; executions. */
export type ApiFunction = 'api' | 'auth' | 'runs';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/**
 * What a route takes as its body: nothing that counts (clients send `{}` where none is needed), JSON by a
 * schema, or a form with one file.
 */
export type BodyKind = NoBody | FileBody | JsonBody;
export interface NoBody {
  readonly kind: 'none';
}
export interface FileBody {
  readonly kind: 'file';
}
export interface JsonBody<S extends z.ZodType = z.ZodType> {
  readonly kind: 'json';
  readonly schema: S;
  /** True where an absent or empty body counts as `{}`. */
  readonly optional: boolean;
}

/** One route, declared once: router, service descriptor, gateway routes and clients are made from it. */
export interface Route<K extends string = string, B extends BodyKind = BodyKind> {
  readonly key: K;
  readonly methods: readonly [Method, ...Method[]];
  /** Relative to the base URL, variables in braces, as the service descriptor shows it. */
  readonly pattern: string;
  /** `user` demands a valid session; `anyone` takes one into account. */
  readonly access: 'anyone' | 'user';
  readonly function: ApiFunction;
  readonly body: B;
}

const none: NoBody = { kind: 'none' };
const file: FileBody = { kind: 'file' };
const json = <S extends z.ZodType>(schema: S, optional = false): JsonBody<S> => ({
  kind: 'json',
  schema,
  optional,
});

function route<K extends string>(
  key: K,
  method: Method | readonly [Method, ...Method[]],
  pattern: string,
  access: Route['access'],
  handledBy: ApiFunction,
): Route<K, NoBody>;
function route<K extends string, B extends BodyKind>(
  key: K,
  method: Method | readonly [Method, ...Method[]],
  pattern: string,
  access: Route['access'],
  handledBy: ApiFunction,
  body: B,
): Route<K, B>;
function route(
  key: string,
  method: Method | readonly [Method, ...Method[]],
  pattern: string,
  access: Route['access'],
  handledBy: ApiFunction,
  body: BodyKind = none,
): Route {
  const methods: readonly [Method, ...Method[]] = typeof method === 'string' ? [method] : method;
  return { key, methods, pattern, access, function: handledBy, body };
}

/**
 * flowServ HTTP API, route table. Keys, methods and patterns are what existing clients know; `workflows:arguments`
 * is ours.
 */
export const routes = [
  route('service', 'GET', '', 'anyone', 'api'),

  route('users:activate', 'POST', 'users/activate', 'anyone', 'auth', json(activateBody)),
  route('users:list', 'GET', 'users', 'user', 'auth'),
  route('users:login', 'POST', 'users/login', 'anyone', 'auth', json(loginBody)),
  route('users:logout', 'POST', 'users/logout', 'anyone', 'auth'),
  route('users:pwd:request', 'POST', 'users/password/request', 'anyone', 'auth', json(passwordRequestBody)),
  route('users:pwd:reset', 'POST', 'users/password/reset', 'anyone', 'auth', json(passwordResetBody)),
  route('users:register', 'POST', 'users/register', 'anyone', 'auth', json(registerBody)),
  route('users:whoami', 'GET', 'users/whoami', 'user', 'auth'),

  route('workflows:list', 'GET', 'workflows', 'anyone', 'api'),
  route('workflows:get', 'GET', 'workflows/{workflowId}', 'anyone', 'api'),
  route('workflows:arguments', 'GET', 'workflows/{workflowId}/arguments-schema', 'anyone', 'api'),
  route('workflows:groups', 'GET', 'workflows/{workflowId}/groups', 'user', 'api'),
  route('workflows:download:archive', 'GET', 'workflows/{workflowId}/downloads/archive', 'anyone', 'api'),
  route('workflows:download:file', 'GET', 'workflows/{workflowId}/downloads/files/{fileId}', 'anyone', 'api'),
  route(
    'leaderboard',
    'GET',
    'workflows/{workflowId}/leaderboard?orderBy={orderBy}&includeAll={includeAll}',
    'anyone',
    'api',
  ),

  route('groups:create', 'POST', 'workflows/{workflowId}/groups', 'user', 'api', json(createGroupBody)),
  route('groups:list', 'GET', 'groups', 'user', 'api'),
  route('groups:get', 'GET', 'groups/{userGroupId}', 'user', 'api'),
  route('groups:update', ['PUT', 'POST'], 'groups/{userGroupId}', 'user', 'api', json(updateGroupBody, true)),
  route('groups:delete', 'DELETE', 'groups/{userGroupId}', 'user', 'runs'),
  route('groups:runs', 'GET', 'groups/{userGroupId}/runs?state={state}', 'user', 'runs'),

  route('runs:start', 'POST', 'groups/{userGroupId}/runs', 'user', 'runs', json(startRunBody, true)),
  route('runs:get', 'GET', 'runs/{runId}', 'user', 'runs'),
  route('runs:cancel', 'PUT', 'runs/{runId}', 'user', 'runs', json(cancelRunBody, true)),
  route('runs:delete', 'DELETE', 'runs/{runId}', 'user', 'runs'),
  route('runs:download:archive', 'GET', 'runs/{runId}/downloads/archive', 'anyone', 'api'),
  route('runs:download:file', 'GET', 'runs/{runId}/downloads/files/{fileId}', 'anyone', 'api'),

  route('files:list', 'GET', 'uploads/{userGroupId}/files', 'user', 'api'),
  route('files:upload', 'POST', 'uploads/{userGroupId}/files', 'user', 'api', file),
  route('files:download', 'GET', 'uploads/{userGroupId}/files/{fileId}', 'anyone', 'api'),
  route('files:delete', 'DELETE', 'uploads/{userGroupId}/files/{fileId}', 'user', 'api'),
] as const;

export type RouteKey = (typeof routes)[number]['key'];

/** The body of a route as its operation gets it. */
export type BodyOf<K extends RouteKey> = BodyOfKind<Extract<(typeof routes)[number], { key: K }>['body']>;
type BodyOfKind<B> =
  B extends JsonBody<infer S> ? z.output<S> : B extends FileBody ? UploadedFile : undefined;

/** The path of a pattern without its query part. */
export const pathOf = ({ pattern }: Pick<Route, 'pattern'>): string => pattern.split('?')[0] ?? '';
