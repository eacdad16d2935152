import { type GroupEntry, groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import type { TokenScope } from '../users/api-token.ts';
import type { Caller } from '../users/sessions.ts';
import { isInstalled } from '../workflows/workflow.ts';
import { type GroupRuns, listRunsOfGroups, MAX_GROUPS, type NextGroups } from './list-of-groups.ts';

/**
 * Lists the runs of all groups of a user.
 *
 * @throws FlowservError 400 for an invalid token
 */
export const listOwnRuns = (
  services: Services,
  caller: NonNullable<Caller>,
  page: { readonly limit: number; readonly token: string | undefined },
): Promise<GroupRuns> => listRunsOfGroups(services, (done) => nextGroups(services, caller, done), page);

/** Returns the user's next groups. */
async function nextGroups(
  { table }: Services,
  { id, scope }: NonNullable<Caller>,
  done: string,
): Promise<NextGroups> {
  const after = done === '' ? {} : { after: keys.membership(id, done).sk };
  const items = await table.list(keys.memberships(id), { ...after, limit: MAX_GROUPS + 1 });
  const groups = items.slice(0, MAX_GROUPS).map(groupEntryCodec.read);
  // Groups of a deleted workflow stay on the list until they are purged.
  const workflows = [...new Set(groups.map(({ workflowId }) => workflowId))];
  const found = workflows.length === 0 ? [] : await table.getMany(workflows.map(keys.workflow));
  const installed = new Set(found.filter(isInstalled).map((workflow) => workflow.id));
  return {
    groups: groups.map((group) => ({
      ...group,
      hidden: !installed.has(group.workflowId) || !isWithin(scope, group),
    })),
    more: items.length > MAX_GROUPS,
  };
}

/** Whether a token reaches a group. */
const isWithin = (scope: TokenScope | undefined, { workflowId }: GroupEntry): boolean =>
  scope?.workflowId === undefined || scope.workflowId === workflowId;
