import { notAuthorized } from '../../errors.ts';
import { createGroup } from '../../groups/create.ts';
import { findGroup } from '../../groups/group.ts';
import { countedChange } from '../../groups/invitation.ts';
import { listGroups, listGroupsOfWorkflow } from '../../groups/list.ts';
import { purgeGroupNow, removeGroup } from '../../groups/remove.ts';
import { findKeptGroup, restoreGroup } from '../../groups/restore.ts';
import { updateGroup } from '../../groups/update.ts';
import { listRuns } from '../../runs/list.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { groupHandle } from '../group-handle.ts';
import { readerOf } from '../moderation-views.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { findListedGroup, UNSHOWN_IN_GROUP, UNSHOWN_TO_OTHERS, unlessListKnown } from '../run-list.ts';
import { readListStanding, runEntryViews } from '../run-standing.ts';
import { groupEntryView, pageOf, runEntryView } from '../views.ts';
import { shownEntries, viewOf } from '../visible.ts';

/** Groups of participants. */
export const groupOperations = [
  operation('groups:create', async ({ services, caller, headers, param, body }) => {
    const workflowId = param('workflowId');
    const scope = ['group', loggedIn(caller).id, workflowId];
    const group = await createGroup(services, caller, workflowId, {
      repeatable: repeatableRequest(headers['idempotency-key'], scope, body),
      name: body.name,
      id: body.id ?? undefined,
      members: body.members ?? undefined,
      parameters: body.parameters ?? undefined,
      config: body.config ?? body.engine,
    });
    return created(await groupHandle(services, group));
  }),

  operation('groups:list', async ({ services, caller, query }) => {
    const user = loggedIn(caller);
    // A token that is limited to one workflow shows the groups there.
    const groups = await listGroups(services, user, user.scope?.workflowId, query);
    return pageOf('groups', groups, groupEntryView);
  }),

  operation('workflows:groups', async ({ services, caller, mayAlso, param, query }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    const all = query.all === 'true';
    if (all && !(await mayAlso('workflow:list', { workflowId: workflow.id }))) throw notAuthorized();
    const groups = all
      ? await listGroupsOfWorkflow(services, workflow.id, query)
      : await listGroups(services, loggedIn(caller), workflow.id, query);
    return pageOf('groups', groups, groupEntryView);
  }),

  operation('groups:get', async (request) => {
    const { services, authorize, mayAlso, param, asked } = request;
    const { group, ...known } = await findListedGroup(services, param('userGroupId'), asked);
    await authorize(group);
    // The id of an upload grants access to it, so callers who may not list uploads see none here, and only the states
    // of runs.
    const details = await mayAlso('group:list', group);
    const reader = await readerOf(mayAlso, group);
    const view = { unshown: details ? UNSHOWN_IN_GROUP : UNSHOWN_TO_OTHERS, details };
    const visible = await viewOf(request, group.workflowId, group.version);
    const parts = { ...known, group, view, reader, hides: await visible.hidesSome() };
    return unlessListKnown(services, asked, parts, async () => {
      const shown = await shownEntries(visible, (await listRuns(services, group.id)).entries);
      const { hides } = shown;
      if (!details) {
        const runs = shown.entries.map(runEntryView);
        const json = await groupHandle(services, group, { runs, details, reader });
        return { standing: { active: [] }, hides, json };
      }
      const standing = await readListStanding(services, group, shown.entries);
      const runs = await runEntryViews(services, group, shown, { ...standing, reader });
      return { standing, hides, json: await groupHandle(services, group, { runs, details, reader }) };
    });
  }),

  operation('groups:update', async ({ services, caller, authorize, mayAlso, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    const change = { name: body.name ?? undefined, members: body.members ?? undefined };
    const user = loggedIn(caller);
    const update = () =>
      updateGroup(services, user, group, change, async (current) => {
        await authorize(current);
        if (change.members && !(await mayAlso('group:members', current))) throw notAuthorized();
      });
    const updated = await (change.members ? countedChange(services, user, update) : update());
    return ok(await groupHandle(services, updated));
  }),

  operation('groups:delete', async ({ services, authorize, param, query }) => {
    const isNow = query.now === 'true';
    const find = isNow ? findKeptGroup : findGroup;
    const group = await find(services, param('userGroupId'));
    await authorize(group);
    if (group.deleting) await purgeGroupNow(services, group);
    else await removeGroup(services, group, isNow ? 'now' : 'later');
    return nothing;
  }),

  operation('groups:restore', async ({ services, authorize, param }) => {
    const group = await findKeptGroup(services, param('userGroupId'));
    await authorize(group);
    return ok(await groupHandle(services, await restoreGroup(services, group)));
  }),
];
