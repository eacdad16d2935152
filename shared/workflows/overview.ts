import type { Role } from '../roles/names.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { emptyLeaderboard, type LeaderboardState, leaderboardCodec } from './leaderboard-state.ts';
import { existingEntry } from './list.ts';
import { existingWorkflow, type Workflow, type WorkflowEntry } from './workflow.ts';

/** The data that a workflow's handle and its leaderboard both need. */
export interface Overview {
  readonly workflow: Workflow;
  readonly entry: WorkflowEntry;
  readonly leaderboard: LeaderboardState;
  /** The role of the user, if any. */
  readonly role: Role | undefined;
  /** The item that was requested as well. */
  readonly more: Item | undefined;
}

/**
 * Reads a workflow, its entry and the state of its leaderboard in one request: they are requested most often, and most
 * of the response time is spent on requests to the table.
 *
 * @param userId of the user whose role is read as well
 * @param more key of another item to read
 * @throws FlowservError 404 if the workflow does not exist
 */
export async function readOverview(
  { table }: Services,
  workflowId: string,
  { userId, more }: { readonly userId?: string | undefined; readonly more?: Key | undefined } = {},
): Promise<Overview> {
  const wanted = [
    keys.workflow(workflowId),
    keys.workflowEntry(workflowId),
    keys.leaderboard(workflowId),
    ...(userId === undefined ? [] : [keys.workflowMember(workflowId, userId)]),
    ...(more ? [more] : []),
  ];
  const items = await table.getMany(wanted);
  const at = ({ pk, sk }: Key) => items.find((item) => item.pk === pk && item.sk === sk);
  const [workflow, entry, leaderboard] = wanted.map(at);
  return {
    workflow: existingWorkflow(workflow, workflowId),
    entry: existingEntry(entry, workflowId),
    leaderboard: leaderboardCodec.readMaybe(leaderboard) ?? emptyLeaderboard,
    role:
      userId === undefined
        ? undefined
        : workflowMemberCodec.readMaybe(at(keys.workflowMember(workflowId, userId)))?.role,
    more: more && at(more),
  };
}
