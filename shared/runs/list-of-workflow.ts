import { groupEntryCodec } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import {
  type GroupRuns,
  listRunsOfGroups,
  MAX_GROUPS,
  type NextGroups,
  type RunFilter,
} from './list-of-groups.ts';

/**
 * Lists the runs of all groups of a workflow, which must exist, or of one of them.
 *
 * @throws FlowservError 400 for an invalid token
 */
export const listWorkflowRuns = (
  services: Services,
  workflowId: string,
  {
    group,
    ...page
  }: RunFilter & {
    readonly limit: number;
    readonly token: string | undefined;
    readonly oldestFirst?: boolean | undefined;
    /** Id of the only group whose runs are listed. */
    readonly group?: string | undefined;
  },
): Promise<GroupRuns> =>
  listRunsOfGroups(
    services,
    (done) =>
      group === undefined
        ? nextGroups(services, workflowId, done)
        : oneGroup(services, workflowId, done === '' ? group : ''),
    page,
  );

/** One group of a workflow; none if it does not belong to it, or for an empty id. */
async function oneGroup({ table }: Services, workflowId: string, groupId: string): Promise<NextGroups> {
  const item = groupId === '' ? undefined : await table.get(keys.workflowGroup(workflowId, groupId));
  const groups = item ? [groupEntryCodec.read(item)] : [];
  return { groups: groups.map((group) => ({ ...group, hidden: group.deleting === true })), more: false };
}

async function nextGroups({ table }: Services, workflowId: string, done: string): Promise<NextGroups> {
  const after = done === '' ? {} : { after: keys.workflowGroup(workflowId, done).sk };
  const items = await table.list(keys.workflowGroups(workflowId), { ...after, limit: MAX_GROUPS + 1 });
  const groups = items.slice(0, MAX_GROUPS).map(groupEntryCodec.read);
  return {
    groups: groups.map((group) => ({ ...group, hidden: group.deleting === true })),
    more: items.length > MAX_GROUPS,
  };
}
