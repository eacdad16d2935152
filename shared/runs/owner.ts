import { unknownObject } from '../errors.ts';
import { existingGroup, findGroup, type Group } from '../groups/group.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import type { Owner } from '../users/authorize.ts';
import { type LeaderboardState, leaderboardCodec } from '../workflows/leaderboard-state.ts';
import { existingWorkflow, findWorkflow } from '../workflows/workflow.ts';
import { findRun, type Run, runCodec } from './run.ts';

/** What a run belongs to. */
export interface RunOwner {
  /** Null for post-processing. */
  readonly group: Group | null;
  readonly owner: Owner;
  /** Id of the installed version of the workflow. */
  readonly version: string;
}

/**
 * Reads what a run belongs to.
 *
 * @throws FlowservError 404 when the group or the workflow was deleted
 */
export async function findOwner(
  services: Services,
  { groupId, workflowId }: Pick<Run, 'groupId' | 'workflowId'>,
): Promise<RunOwner> {
  if (groupId !== undefined) {
    const group = await findGroup(services, groupId, workflowId);
    return { group, owner: group, version: group.version };
  }
  const { version } = await findWorkflow(services, workflowId);
  return { group: null, owner: { workflowId }, version };
}

/** Where a run belongs, as a client claims it. */
export interface ClaimedOwner {
  readonly workflowId: string;
  readonly groupId: string | undefined;
  /** Whether the state of the leaderboard is needed too. */
  readonly isRanked: boolean;
}

/** A run and what it belongs to; the state of the leaderboard if it was read. */
export type OwnedRun = RunOwner & { readonly run: Run; readonly leaderboard?: LeaderboardState | undefined };

/**
 * Reads a run and what it belongs to.
 *
 * @param claimed if it is right, one request reads everything
 * @throws FlowservError 404 when the run, its group or its workflow does not exist or was deleted
 */
export async function findOwnedRun(
  services: Services,
  runId: string,
  claimed: ClaimedOwner | undefined,
): Promise<OwnedRun> {
  if (!claimed) {
    const run = await findRun(services, runId);
    return { run, ...(await findOwner(services, run)) };
  }
  const { workflowId, groupId, isRanked } = claimed;
  const items = await services.table.getMany([
    keys.run(runId),
    keys.workflow(workflowId),
    ...(groupId === undefined ? [] : [keys.group(groupId)]),
    ...(isRanked ? [keys.leaderboard(workflowId)] : []),
  ]);
  const at = ({ pk, sk }: { pk: string; sk: string }) =>
    items.find((item) => item.pk === pk && item.sk === sk);
  const run = runCodec.readMaybe(at(keys.run(runId)));
  if (!run || run.deleting) throw unknownObject('run', runId);
  if (run.workflowId !== workflowId || run.groupId !== groupId) {
    return { run, ...(await findOwner(services, run)) };
  }
  const workflow = at(keys.workflow(workflowId));
  const leaderboard = isRanked ? leaderboardCodec.readMaybe(at(keys.leaderboard(workflowId))) : undefined;
  if (groupId === undefined) {
    const { version } = existingWorkflow(workflow, workflowId);
    return { run, group: null, owner: { workflowId }, version };
  }
  const group = existingGroup(at(keys.group(groupId)), workflow, groupId);
  return { run, group, owner: group, version: group.version, leaderboard };
}
