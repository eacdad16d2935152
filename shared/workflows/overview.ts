import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { emptyLeaderboard, type LeaderboardState, leaderboardCodec } from './leaderboard-state.ts';
import { existingEntry } from './list.ts';
import { existingWorkflow, type Workflow, type WorkflowEntry } from './workflow.ts';

/** What a workflow's handle and its leaderboard begin with. */
export interface Overview {
  readonly workflow: Workflow;
  readonly entry: WorkflowEntry;
  readonly leaderboard: LeaderboardState;
}

/**
 * Reads a workflow, its entry and the state of its leaderboard with one request: they are what everybody asks for, and
 * most of the time of an answer is that of its requests to the table.
 *
 * @throws FlowservError 404 when there is no such workflow
 */
export async function readOverview({ table }: Services, workflowId: string): Promise<Overview> {
  const wanted = [keys.workflow(workflowId), keys.workflowEntry(workflowId), keys.leaderboard(workflowId)];
  const items = await table.getMany(wanted);
  const [workflow, entry, leaderboard] = wanted.map(({ pk, sk }) =>
    items.find((item) => item.pk === pk && item.sk === sk),
  );
  return {
    workflow: existingWorkflow(workflow, workflowId),
    entry: existingEntry(entry, workflowId),
    leaderboard: leaderboardCodec.readMaybe(leaderboard) ?? emptyLeaderboard,
  };
}
