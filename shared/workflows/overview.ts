import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type Board, boardCodec, emptyBoard } from './board.ts';
import { existingEntry } from './list.ts';
import { existingWorkflow, type Workflow, type WorkflowEntry } from './workflow.ts';

/** What a workflow's handle and its leaderboard begin with. */
export interface Overview {
  readonly workflow: Workflow;
  readonly entry: WorkflowEntry;
  readonly board: Board;
}

/**
 * Reads a workflow, its entry and the state of its leaderboard with one request: they are what everybody asks for, and
 * most of the time of an answer is that of its requests to the table.
 *
 * @throws FlowservError 404 when there is no such workflow
 */
export async function readOverview({ table }: Services, workflowId: string): Promise<Overview> {
  const wanted = [keys.workflow(workflowId), keys.workflowEntry(workflowId), keys.board(workflowId)];
  const items = await table.getMany(wanted);
  const [workflow, entry, board] = wanted.map(({ pk, sk }) =>
    items.find((item) => item.pk === pk && item.sk === sk),
  );
  return {
    workflow: existingWorkflow(workflow, workflowId),
    entry: existingEntry(entry, workflowId),
    board: boardCodec.readMaybe(board) ?? emptyBoard,
  };
}
