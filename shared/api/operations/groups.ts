import { createGroup } from '../../groups/create.ts';
import { findGroup, type Group } from '../../groups/group.ts';
import { listGroups } from '../../groups/list.ts';
import { groupParameters } from '../../groups/parameters.ts';
import { updateGroup } from '../../groups/update.ts';
import { listRuns } from '../../runs/list.ts';
import type { Services } from '../../services.ts';
import { parameterViews } from '../../template/parameters.ts';
import { listUploads } from '../../uploads/store.ts';
import { authorize } from '../../users/authorize.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { created, ok } from '../answer.ts';
import { loggedIn, operation } from '../operation.ts';
import { groupEntryView, groupView } from '../views.ts';

/** Groups of participants. */
export const groupOperations = [
  operation('groups:create', async ({ services, caller, param, body }) => {
    const group = await createGroup(services, caller, param('workflowId'), {
      name: body.name,
      id: body.id ?? undefined,
      members: body.members ?? undefined,
      parameters: body.parameters ?? undefined,
      config: body.config ?? body.engine,
    });
    return created(await handle(services, group));
  }),

  operation('groups:list', async ({ services, caller }) => {
    const groups = await listGroups(services, loggedIn(caller));
    return ok({ groups: groups.map(groupEntryView) });
  }),

  operation('workflows:groups', async ({ services, caller, param }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    const groups = await listGroups(services, loggedIn(caller), workflow.id);
    return ok({ groups: groups.map(groupEntryView) });
  }),

  operation('groups:get', async ({ services, caller, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:read', group);
    const runs = await listRuns(services, group.id);
    return ok(
      groupView(group, await parametersOf(services, group), await listUploads(services, group.id), runs),
    );
  }),

  operation('groups:update', async ({ services, caller, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:write', group);
    const updated = await updateGroup(services, group, {
      name: body.name ?? undefined,
      members: body.members ?? undefined,
    });
    return ok(await handle(services, updated));
  }),
];

async function handle(services: Services, group: Group) {
  return groupView(group, await parametersOf(services, group), await listUploads(services, group.id));
}

const parametersOf = async (services: Services, group: Group) =>
  parameterViews(await groupParameters(services, group));
