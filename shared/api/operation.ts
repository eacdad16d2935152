import { FlowservError, notLoggedIn, unknownObject } from '../errors.ts';
import { isIdentifier } from '../ids.ts';
import type { Services } from '../services/services.ts';
import { readFieldsForm } from '../uploads/fields-form.ts';
import { readFileForm } from '../uploads/form-data.ts';
import { countInDay } from '../users/attempts.ts';
import {
  type Action,
  authorize,
  findGround,
  type Ground,
  isChange,
  isOnObject,
  needsSession,
  type Owner,
} from '../users/authorize.ts';
import { type Caller, callerOf } from '../users/sessions.ts';
import { readBodyFields, readJsonBody } from './body.ts';
import { type Asked, readAsked } from './etag.ts';
import { holdWhileUnchanged } from './held-requests.ts';
import type { OperationResult } from './operation-result.ts';
import { checkJsonType } from './origins.ts';
import { readQuery } from './query.ts';
import { pathOf, type Route } from './routes/route.ts';
import { type BodyOf, type OperationKey, type QueryOf, routeOf } from './routes.ts';

/** Maximum number of requests within 24 hours by which a member of a workflow changes something by the role there. */
export const MAX_ROLE_CHANGES_A_DAY = 2000;

/** A request as it comes from the edge: only the path is decoded. */
interface Call {
  readonly services: Services;
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** The access token of the request, not yet verified. */
  readonly token: string | undefined;
  /** The access token of a browser's cookie. It is used for downloads only. */
  readonly cookieToken: string | undefined;
  /** Network address of the client. */
  readonly address: string;
  /** Aborted when the client disconnected, where the edge knows. */
  readonly gone?: AbortSignal | undefined;
}

/** A request as an operation gets it, with the caller identified, and query and body parsed. */
export interface ApiRequest<K extends OperationKey> {
  readonly services: Services;
  readonly method: string;
  readonly headers: Call['headers'];
  readonly address: string;
  readonly caller: Caller;
  readonly token: string | undefined;
  readonly query: QueryOf<K>;
  readonly body: BodyOf<K>;
  /** What the client has. */
  readonly asked: Asked;
  /**
   * Returns an identifier of the path.
   *
   * @throws FlowservError 404 for an invalid identifier, so that no other text becomes part of a key
   */
  param(name: PathVariable): string;
  /**
   * Checks that the caller may perform the route's action on an object of this owner. Every route on an object must
   * await it.
   *
   * @returns by what the action is allowed
   * @throws FlowservError 403
   */
  authorize(owner: Owner): Promise<Ground>;
  /** Whether the caller may perform another action, on whose object a part of the response depends. */
  mayAlso(action: Action, owner: Owner): Promise<boolean>;
}

/** Object types of the path variables. */
const objectTypes = {
  workflowId: 'workflow',
  userGroupId: 'group',
  runId: 'run',
  otherRunId: 'run',
  fileId: 'file',
  userId: 'user',
  tokenId: 'token',
  announcementId: 'announcement',
  taskId: 'task',
  webhookId: 'webhook',
  rescoreId: 'rescore',
  archiveId: 'archive',
  sourceId: 'source',
  version: 'version',
  stream: 'file',
} as const;
type PathVariable = keyof typeof objectTypes;

export interface Operation {
  readonly key: OperationKey;
  perform(call: Call): Promise<OperationResult>;
}

/**
 * Binds the implementation of a route to its declaration. The order of checks is flowServ's: session, body, then the
 * checks of the operation itself, existence before membership.
 */
export function operation<K extends OperationKey>(
  key: K,
  run: (request: ApiRequest<K>) => Promise<OperationResult>,
): Operation {
  const route = routeOf(key);
  const { action } = route;
  const takesWait = route.query !== undefined && 'wait' in route.query.shape;
  return {
    key,
    perform: (call) => (takesWait ? holdWhileUnchanged(call, () => perform(call)) : perform(call)),
  };

  async function perform(call: Call): Promise<OperationResult> {
    const { services, method, params, headers, address } = call;
    const token = call.token ?? (route.response.kind === 'file' ? call.cookieToken : undefined);
    const caller = await callerOf(services, token);
    if (needsSession(action) && !caller) throw notLoggedIn();
    const query = readQuery(route.query, call.query) as QueryOf<K>;
    const body = (await readBody(route, call)) as BodyOf<K>;
    let decided = !isOnObject(action);
    const { workflowId } = params;
    if (decided)
      await authorize(services, caller, action, workflowId === undefined ? undefined : { workflowId });
    const result = await run({
      services,
      method,
      headers,
      address,
      caller,
      token,
      query,
      body,
      asked: readAsked(headers['if-none-match']),
      param(name) {
        const value = params[name];
        if (value === undefined) throw new Error(`route '${key}' has no variable '${name}'`);
        if (!isIdentifier(value)) throw unknownObject(objectTypes[name], value.slice(0, 100));
        return value;
      },
      async authorize(owner) {
        const ground = await authorize(services, caller, action, owner);
        if (ground === 'role' && isChange(action)) await countRoleChange(services, loggedIn(caller), owner);
        decided = true;
        return ground;
      },
      async mayAlso(other, owner) {
        return (await findGround(services, caller, other, owner)) !== undefined;
      },
    });
    if (!decided) throw new Error(`route '${key}' did not call authorize`);
    return result;
  }
}

/** Each change adds an entry to the audit list. The limit of one member does not hinder the others. */
const countRoleChange = (services: Services, { id }: NonNullable<Caller>, { workflowId }: Owner) =>
  countInDay(services, 'role', `${workflowId}#${id}`, MAX_ROLE_CHANGES_A_DAY);

async function readBody(route: Route, { services, body, headers }: Call): Promise<unknown> {
  const limit = services.config.api.bodyLimit;
  if (body.length > limit) throw bodyTooLarge(route, limit);
  if (route.body?.kind === 'json') {
    checkJsonType(headers, body);
    return readJsonBody(route.body, body);
  }
  if (route.body?.kind === 'file') return readFileForm(headers['content-type'], body);
  if (route.body?.kind === 'fields') {
    const { fields, files } = readFieldsForm(headers['content-type'], body, route.body.files);
    return { fields: readBodyFields(route.body, fields), files };
  }
  return undefined;
}

function bodyTooLarge({ body }: Route, limit: number): FlowservError {
  const inParts = pathOf(routeOf('files:direct:start'));
  const hasFiles = body?.kind === 'file' || body?.kind === 'fields';
  const hint = hasFiles ? `; send a larger file in parts: POST ${inParts}` : '';
  return new FlowservError('request.too-large', `request body above the limit of ${limit} bytes${hint}`);
}

/** Returns the caller of a route that requires a session. An anonymous request never gets this far. */
export function loggedIn(caller: Caller): NonNullable<Caller> {
  if (!caller) throw notLoggedIn();
  return caller;
}
