import { notAuthorized } from '../../errors.ts';
import { timestamp } from '../../ids.ts';
import { giveRole, listMembers, takeRole } from '../../members/members.ts';
import { listAudited } from '../../roles/audit.ts';
import { isTokenByTime, listRunsByTime } from '../../runs/list-by-time.ts';
import { requestListing } from '../../runs/list-earlier.ts';
import { listWorkflowRuns } from '../../runs/list-of-workflow.ts';
import { listRegistrations } from '../../runs/registrations.ts';
import type { Services } from '../../services/services.ts';
import { MAX_PAGE } from '../../store/paging.ts';
import { readVersion } from '../../workflows/version.ts';
import { versionIdOf } from '../../workflows/versions.ts';
import { findWorkflow, type Workflow } from '../../workflows/workflow.ts';
import { nextQuery, registrationsCsv, runsCsv, wantsCsv } from '../exports.ts';
import { loggedIn, operation } from '../operation.ts';
import { nothing, ok } from '../operation-result.ts';
import type { QueryOf } from '../routes.ts';
import type { RunSort } from '../run-sort.ts';
import { auditView, memberView, pageOf, registrationView } from '../views.ts';
import { shownEntries, viewOf } from '../visible.ts';
import { workflowRunViews } from '../workflow-runs.ts';
import { ownWorkflow } from './own-workflow.ts';
import { stateFilter } from './state-filter.ts';

/** What the owners, organisers and viewers of a workflow read and change. */
export const organiserOperations = [
  operation('members:list', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    return pageOf('members', await listMembers(request.services, workflowId, request.query), memberView);
  }),

  operation('members:add', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, caller, body } = request;
    const { username, role } = body;
    return ok(memberView(await giveRole(services, loggedIn(caller), workflowId, username, role)));
  }),

  operation('members:remove', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, caller, param, mayAlso } = request;
    const editor = loggedIn(caller);
    const userId = param('userId');
    if (userId !== editor.id && !(await mayAlso('members:write', { workflowId }))) throw notAuthorized();
    await takeRole(services, editor, workflowId, userId);
    return nothing;
  }),

  operation('workflows:audit', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { mayAlso } = request;
    const isOrganiser = await mayAlso('moderation:reasons', { workflowId });
    const entries = await listAudited(request.services, workflowId, request.query);
    return pageOf('entries', entries, (entry) => auditView(entry, isOrganiser));
  }),

  operation('workflows:runs', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, query, headers, mayAlso } = request;
    const { limit = MAX_PAGE, cursor, format, ...filter } = query;
    const workflow = await findWorkflow(services, workflowId);
    const { state, group, version, since } = filter;
    const sort = await sortOf(services, workflow, query);
    const page = {
      limit,
      token: cursor,
      state: stateFilter(state),
      version: version === undefined ? undefined : await versionIdOf(services, workflow, version),
      since: since === undefined ? undefined : timestamp(new Date(since)),
      oldestFirst: sort === 'oldest',
    };
    const { entries, nextToken } =
      sort === 'group' || group !== undefined
        ? await listWorkflowRuns(services, workflowId, { ...page, group })
        : await listRunsByTime(services, workflowId, page);
    const reader = { isOrganiser: await mayAlso('moderation:reasons', { workflowId }) };
    const view = await viewOf(request, workflowId, workflow.version);
    const shown = await shownEntries(view, entries);
    const runs = await workflowRunViews(services, workflowId, shown, reader);
    if (!wantsCsv(format, headers.accept))
      return ok({ sort, runs, ...(nextToken === undefined ? {} : { nextCursor: nextToken }) });
    const { template } = await readVersion(services, workflowId, workflow.version);
    const text = runsCsv(
      runs,
      (template.results?.columns ?? []).map(({ name }) => name),
    );
    return {
      kind: 'csv',
      text,
      name: `runs-${workflowId}.csv`,
      next: nextQuery({ ...filter, limit: query.limit }, nextToken),
    };
  }),

  operation('workflows:registrations', async (request) => {
    const { services, query, headers } = request;
    const { id: workflowId, version } = await ownWorkflow(request);
    const { format, ...page } = query;
    const { participation } = await readVersion(services, workflowId, version);
    const found = await listRegistrations(services, workflowId, participation, page);
    const listed = pageOf('registrations', found, registrationView);
    if (!wantsCsv(format, headers.accept)) return listed;
    return {
      kind: 'csv',
      text: registrationsCsv(found.entries),
      name: `registrations-${workflowId}.csv`,
      next: nextQuery({ limit: page.limit }, found.nextCursor),
    };
  }),
];

/**
 * The order of a list of runs: the one of its earlier pages, or the wanted one. A workflow of an earlier release has no
 * list by time at first, which the first request for it orders to be made.
 */
async function sortOf(
  services: Services,
  workflow: Workflow,
  { sort = 'newest', cursor, group }: QueryOf<'workflows:runs'>,
): Promise<RunSort> {
  if (group !== undefined) return sort === 'oldest' ? 'oldest' : 'newest';
  const isByGroup = cursor === undefined ? sort === 'group' : !isTokenByTime(cursor);
  if (isByGroup || sort === 'group') return 'group';
  if (workflow.runsListed) return sort;
  await requestListing(services, workflow);
  return 'group';
}
