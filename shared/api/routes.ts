import { accountRoutes } from './routes/accounts.ts';
import { announcementRoutes } from './routes/announcements.ts';
import { contestRoutes } from './routes/contests.ts';
import { costRoutes } from './routes/costs.ts';
import { fileRoutes } from './routes/files.ts';
import { groupMemberRoutes } from './routes/group-members.ts';
import { groupRoutes } from './routes/groups.ts';
import { logRoutes } from './routes/logs.ts';
import { moderationRoutes } from './routes/moderation.ts';
import { multipartUploadRoutes } from './routes/multipart-uploads.ts';
import { organiserRoutes } from './routes/organisers.ts';
import { participantRoutes } from './routes/participants.ts';
import { postprocRoutes } from './routes/postproc.ts';
import { provenanceRoutes } from './routes/provenance.ts';
import { publicFileRoutes } from './routes/public-files.ts';
import { rescoreRoutes } from './routes/rescores.ts';
import { restoreRoutes } from './routes/restores.ts';
import type { BodyOfRoute, QueryOfRoute, ResponseOfRoute, Route } from './routes/route.ts';
import { runRoutes } from './routes/runs.ts';
import { documentRoutes, serviceRoutes } from './routes/service.ts';
import { submissionRoutes } from './routes/submissions.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { userRoutes } from './routes/users.ts';
import { versionRoutes } from './routes/versions.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { wesRoutes } from './routes/wes.ts';
import { argumentRoutes, workflowRoutes } from './routes/workflows.ts';

/**
 * The route table of the API. Existing clients rely on keys, methods and patterns (flowServ HTTP API, route table).
 * The routes at the end are additions to flowServ's (additional routes).
 */
export const routes = [
  ...serviceRoutes,
  ...userRoutes,
  ...workflowRoutes,
  ...groupRoutes,
  ...runRoutes,
  ...fileRoutes,
  ...multipartUploadRoutes,
  ...argumentRoutes,
  ...provenanceRoutes,
  ...logRoutes,
  ...organiserRoutes,
  ...rescoreRoutes,
  ...postprocRoutes,
  ...submissionRoutes,
  ...restoreRoutes,
  ...contestRoutes,
  ...groupMemberRoutes,
  ...moderationRoutes,
  ...announcementRoutes,
  ...costRoutes,
  ...webhookRoutes,
  ...participantRoutes,
  ...tokenRoutes,
  ...accountRoutes,
  ...versionRoutes,
  ...publicFileRoutes,
  ...documentRoutes,
] as const satisfies readonly Route[];

/** These routes, and those that are not below the base URL: clients of flowServ do not see them. */
export const allRoutes = [...routes, ...wesRoutes] as const satisfies readonly Route[];

type AnyRoute = (typeof allRoutes)[number];
export type RouteKey = (typeof routes)[number]['key'];
/** Key of any route that an operation implements. */
export type OperationKey = AnyRoute['key'];
type RouteOf<K extends OperationKey> = Extract<AnyRoute, { key: K }>;

export type BodyOf<K extends OperationKey> = BodyOfRoute<RouteOf<K>>;
export type QueryOf<K extends OperationKey> = QueryOfRoute<RouteOf<K>>;
export type ResponseOf<K extends OperationKey> = ResponseOfRoute<RouteOf<K>>;
/** Keys of the routes that respond with JSON. */
export type JsonRouteKey = { [K in RouteKey]: [ResponseOf<K>] extends [never] ? never : K }[RouteKey];

const byKey: ReadonlyMap<string, Route> = new Map(allRoutes.map((route) => [route.key, route]));

/** @throws Error for a key that is not in the table: a bug of the product */
export function routeOf(key: OperationKey): Route {
  const found = byKey.get(key);
  if (!found) throw new Error(`no route '${key}'`);
  return found;
}
