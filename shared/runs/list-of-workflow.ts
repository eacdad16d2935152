import { groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type GroupRuns, listRunsOfGroups, MAX_GROUPS, type NextGroups } from './list-of-groups.ts';

/**
 * Lists the runs of all groups of a workflow, which must exist.
 *
 * @throws FlowservError 400 for an invalid token
 */
export const listWorkflowRuns = (
  services: Services,
  workflowId: string,
  page: {
    readonly limit: number;
    readonly token: string | undefined;
    readonly state: string | undefined;
  },
): Promise<GroupRuns> => listRunsOfGroups(services, (done) => nextGroups(services, workflowId, done), page);

async function nextGroups({ table }: Services, workflowId: string, done: string): Promise<NextGroups> {
  const after = done === '' ? {} : { after: keys.workflowGroup(workflowId, done).sk };
  const items = await table.list(keys.workflowGroups(workflowId), { ...after, limit: MAX_GROUPS + 1 });
  const groups = items.slice(0, MAX_GROUPS).map(groupEntryCodec.read);
  return {
    groups: groups.map((group) => ({ ...group, hidden: group.deleting === true })),
    more: items.length > MAX_GROUPS,
  };
}
