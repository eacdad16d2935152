import { FlowservError, notLoggedIn, unknownObject } from '../errors.ts';
import type { Services } from '../services.ts';
import { isIdentifier } from '../store/ids.ts';
import { readFileForm } from '../uploads/multipart.ts';
import { type Caller, callerOf } from '../users/sessions.ts';
import type { Answer } from './answer.ts';
import { readJsonBody } from './body.ts';
import { type BodyOf, type Route, type RouteKey, routes } from './routes.ts';

/** A request as the edge hands it over: nothing decoded yet but the path. */
export interface Call {
  readonly services: Services;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** The access token that the request carries, whatever it is worth. */
  readonly token: string | undefined;
}

/** A request as an operation sees it: the caller is known, the body has been read. */
export interface ApiRequest<B> {
  readonly services: Services;
  readonly caller: Caller;
  readonly token: string | undefined;
  readonly body: B;
  /**
   * An identifier of the path.
   *
   * @throws FlowservError 404 for what cannot be one, so that nothing else becomes part of a key
   */
  param(name: PathVariable): string;
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** What the variables of the paths name. */
const objectTypes = { workflowId: 'workflow', userGroupId: 'group', runId: 'run', fileId: 'file' } as const;
export type PathVariable = keyof typeof objectTypes;

export interface Operation {
  readonly key: RouteKey;
  perform(call: Call): Promise<Answer>;
}

/**
 * Binds what a route does to its declaration. The order of checks is flowServ's: session, body, then what
 * the operation checks itself, existence before membership.
 */
export function operation<K extends RouteKey>(
  key: K,
  run: (request: ApiRequest<BodyOf<K>>) => Promise<Answer>,
): Operation {
  const route: Route | undefined = routes.find((candidate) => candidate.key === key);
  if (!route) throw new Error(`no route '${key}'`);
  return {
    key,
    async perform(call) {
      const { services, params, query, token } = call;
      const caller = await callerOf(services, token);
      if (route.access === 'user' && !caller) throw notLoggedIn();
      const body = (await readBody(route, call)) as BodyOf<K>;
      const param = (name: PathVariable): string => {
        const value = params[name];
        if (value === undefined) throw new Error(`route '${key}' has no variable '${name}'`);
        if (!isIdentifier(value)) throw unknownObject(objectTypes[name], value.slice(0, 100));
        return value;
      };
      return run({ services, caller, token, body, param, query });
    },
  };
}

async function readBody({ body: kind }: Route, { services, body, contentType }: Call): Promise<unknown> {
  const limit = services.config.api.bodyLimit;
  if (body.length > limit) {
    throw new FlowservError(413, 'request.too-large', `request body above the limit of ${limit} bytes`);
  }
  if (kind.kind === 'json') return readJsonBody(kind, body);
  if (kind.kind === 'file') return readFileForm(contentType, body);
  return undefined;
}

/** The caller of a route with `user` access, which no anonymous request reaches. */
export function loggedIn(caller: Caller): NonNullable<Caller> {
  if (!caller) throw notLoggedIn();
  return caller;
}
