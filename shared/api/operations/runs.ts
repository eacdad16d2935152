import { notAuthorized } from '../../errors.ts';
import { findGroup } from '../../groups/group.ts';
import { readLimits } from '../../groups/limits.ts';
import { auditWrite } from '../../roles/audit.ts';
import { cancelRun } from '../../runs/cancel.ts';
import { chooseRuns, readChosen } from '../../runs/chosen.ts';
import { estimateRun } from '../../runs/estimate.ts';
import { listRuns } from '../../runs/list.ts';
import { type ClaimedOwner, findOwnedRun, findOwner, type OwnedRun } from '../../runs/owner.ts';
import { purgeRunNow, removeRun } from '../../runs/remove.ts';
import { findKeptRun, restoreRun } from '../../runs/restore.ts';
import type { Run } from '../../runs/run.ts';
import { startRun } from '../../runs/start.ts';
import { readSomeReports } from '../../runs/steps/reports.ts';
import type { Write } from '../../store/item.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import type { Ground } from '../../users/authorize.ts';
import { tagOf, unlessKnown, versionOf } from '../etag.ts';
import { groupModerationView, readerOf } from '../moderation-views.ts';
import { type ApiRequest, loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { pollAfter } from '../poll-after.ts';
import { runHandle } from '../run-handle.ts';
import { findListedGroup, UNSHOWN_IN_RUNS, unlessListKnown } from '../run-list.ts';
import { readListStanding, readStanding, runEntryViews, standingParts } from '../run-standing.ts';
import { estimateView, pageOf, stepReportView } from '../views.ts';
import {
  authorizedRun,
  isAllVisible,
  type RunAccess,
  shownEntries,
  shownRun,
  type Viewer,
  viewOf,
} from '../visible.ts';
import { stateFilter } from './state-filter.ts';

/** Runs of groups, the limits of their number, and those that count. */
export const runOperations = [
  operation('groups:runs', async (request) => {
    const { services, authorize, mayAlso, param, query, asked } = request;
    const { group, ...known } = await findListedGroup(services, param('userGroupId'), asked);
    await authorize(group);
    const reader = await readerOf(mayAlso, group);
    const view = { unshown: UNSHOWN_IN_RUNS, query };
    const visible = await viewOf(request, group.workflowId, group.version);
    const parts = { ...known, group, view, reader, hides: await visible.hidesSome() };
    return unlessListKnown(services, asked, parts, async () => {
      const { entries, nextCursor } = await listRuns(services, group.id, stateFilter(query.state), query);
      const shown = await shownEntries(visible, entries);
      const standing = await readListStanding(services, group, shown.entries);
      const views = await runEntryViews(services, group, shown, { ...standing, reader });
      return {
        standing,
        hides: shown.hides,
        json: pageOf('runs', { entries: views, nextCursor }, (entry) => entry).json,
      };
    });
  }),

  operation('groups:limits', async ({ services, caller, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return ok(await readLimits(services, group, loggedIn(caller)));
  }),

  operation('groups:chosen', async ({ services, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return ok(await readChosen(services, group));
  }),

  operation('groups:choose', async ({ services, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    return ok(await chooseRuns(services, group, body.runs, authorize));
  }),

  operation('runs:start', async (request) => {
    const { services, caller, authorize, headers, param, body } = request;
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const user = loggedIn(caller);
    const scope = ['run', user.id, group.id];
    const repeatable = repeatableRequest(headers['idempotency-key'], scope, body);
    const config = body.config ?? undefined;
    const run = await startRun(services, user, group, body.arguments ?? [], config, repeatable);
    // A repeated request returns a run that may have ended.
    const { ofRun } = await viewOf(request, group.workflowId, group.version);
    return created(await runHandle(services, run, await ofRun(run), group));
  }),

  operation('runs:estimate', async ({ services, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const steps = await estimateRun(services, group, body.arguments ?? [], body.config ?? undefined);
    return ok(estimateView(steps, services.config.pricing));
  }),

  operation('runs:get', async (request) => {
    const { services, asked, mayAlso } = request;
    const { run, group, leaderboard, visible, view } = await findOwnRun(request, {
      claimed: claimOf(asked.hints),
    });
    const reader = await readerOf(mayAlso, group, run);
    if (!isAllVisible(visible) || (await view.hidesSome())) {
      const shown = { ...(await readStanding(services, shownRun(run, visible))), reader };
      const handle = await runHandle(services, run, visible, group, shown);
      return { ...ok(handle), pollAfter: pollAfter([run]) };
    }
    const standing = { ...(await readStanding(services, run, leaderboard)), reader };
    const decided = [groupModerationView(group, reader), reader];
    const tag = tagOf([versionOf(run), ...standingParts(run, standing), ...decided], hintsOf(run));
    return unlessKnown(asked, { tag, pollAfter: pollAfter([run]) }, () =>
      runHandle(services, run, visible, group, standing),
    );
  }),

  operation('runs:output', async (request) => {
    const { run } = await findOwnRun(request);
    const reports = await readSomeReports(request.services, run.id, request.query.cursor);
    return pageOf('steps', reports, stepReportView);
  }),

  operation('runs:cancel', async (request) => {
    const { services, body } = request;
    const { run, group, ground, visible } = await findRunToCancel(request);
    const canceled = await cancelRun(services, run, body.reason, cancelAudit(request, run, ground));
    return ok(await runHandle(services, canceled, visible, group));
  }),

  operation('runs:delete', async (request) => {
    const isNow = request.query.now === 'true';
    const { run } = isNow ? await findOwnKeptRun(request) : await findOwnRun(request);
    if (run.deleting) await purgeRunNow(request.services, run);
    else await removeRun(request.services, run, isNow ? 'now' : 'later');
    return nothing;
  }),

  operation('runs:restore', async (request) => {
    const { services } = request;
    const { run, group, visible } = await findOwnKeptRun(request);
    // Who may delete a run is a member of its group.
    if (!group) throw notAuthorized();
    return ok(await runHandle(services, await restoreRun(services, run.id, group), visible, group));
  }),
];

/** The entry in the audit list for a cancellation by the rights of a role, for its transaction. */
export function cancelAudit(
  { services, caller }: Pick<ApiRequest<'runs:cancel'>, 'services' | 'caller'>,
  { id, workflowId }: Run,
  ground: Ground,
): Write[] {
  if (ground === 'rule') return [];
  const audited = { action: 'run.cancel' as const, object: { type: 'run' as const, id } };
  return [auditWrite(services, workflowId, { actor: loggedIn(caller), ...audited })];
}

/**
 * Finds a run that the caller may cancel. One that scores another run again belongs to the organisers: participants
 * could otherwise keep an earlier result.
 *
 * @throws FlowservError 404, 403
 */
export const findRunToCancel = async (request: OwnRunRequest) =>
  await findOwnRun(request, { isOrganisers: ({ rescoredFrom }) => rescoredFrom !== undefined });

/** As `findOwnRun`, also for a run that is deleted and not purged. @throws FlowservError 404, 403 */
async function findOwnKeptRun(request: OwnRunRequest) {
  const run = await findKeptRun(request.services, request.param('runId'));
  const owned = await findOwner(request.services, run);
  return { run, ...owned, ...(await authorizedRun(request, run, owned, false)) };
}

type OwnRunRequest = Viewer & Pick<ApiRequest<'runs:get'>, 'authorize' | 'param'>;

/**
 * Finds the run and its group, and checks the caller's access.
 *
 * @param options `isOrganisers` says whether members of the group have no right to the run; `claimed` is where it
 *   belongs, as an ETag of the client says
 * @returns what of the run the caller may see as well
 * @throws FlowservError 404, 403
 */
export async function findOwnRun(
  request: OwnRunRequest,
  {
    isOrganisers = () => false,
    claimed,
  }: { readonly isOrganisers?: (run: Run) => boolean; readonly claimed?: ClaimedOwner | undefined } = {},
): Promise<OwnedRun & RunAccess<Ground>> {
  const found = await findOwnedRun(request.services, request.param('runId'), claimed);
  const { run } = found;
  return { ...found, ...(await authorizedRun(request, run, found, isOrganisers(run))) };
}

/** The ids in the ETag of a run's handle: where it belongs, and whether it may have a rank. */
const hintsOf = ({ workflowId, groupId, values }: Run): string[] => [
  workflowId,
  ...(groupId === undefined ? [] : [groupId]),
  ...(values === undefined ? [] : [RANKED]),
];
const RANKED = 'RANKED';

function claimOf([workflowId, groupId, ranked]: readonly string[]): ClaimedOwner | undefined {
  return workflowId === undefined ? undefined : { workflowId, groupId, isRanked: ranked !== undefined };
}
