import { FlowservError } from '../errors.ts';
import type { Services } from '../services.ts';
import { findWorkflow, readVersion } from '../workflows/workflow.ts';
import { type Board, buildSnapshot, rankResults, readBoard } from './board.ts';
import { defaultOrder } from './default-order.ts';
import { checkPostproc } from './postproc.ts';

/** A snapshot is written at most once per this time, and never more often than ten times its own duration. */
const MIN_INTERVAL_MS = 2000;
const DURATION_FACTOR = 10;

/**
 * The board worker: brings a workflow's snapshot up to date and starts post-processing if the set of ranked
 * runs has changed. Too early for another snapshot, it sends itself a delayed message and leaves.
 */
export async function refreshBoard(services: Services, workflowId: string): Promise<void> {
  const board = await readBoard(services, workflowId);
  const stale = board.dirty > board.built;
  if (!stale && board.trigger === board.processed) return;
  const version = await currentVersion(services, workflowId);
  if (!version) return;
  const wait = stale ? millisecondsToWait(board, services.now()) : 0;
  if (wait > 0) {
    await services.messages.boardDirty(workflowId, Math.ceil(wait / 1000));
    return;
  }
  const order = defaultOrder(version.template);
  const ranking = stale
    ? await buildSnapshot(services, workflowId, board, order)
    : await rankResults(services, workflowId, order, false);
  await checkPostproc(services, workflowId, version, board, ranking);
}

function millisecondsToWait(board: Board, now: Date): number {
  if (board.builtAt === undefined) return 0;
  const interval = Math.max(MIN_INTERVAL_MS, DURATION_FACTOR * (board.buildMs ?? 0));
  return Math.max(0, Date.parse(board.builtAt) + interval - now.getTime());
}

/** The version that is installed now; undefined when the workflow has been deleted meanwhile. */
async function currentVersion(services: Services, workflowId: string) {
  try {
    const workflow = await findWorkflow(services, workflowId);
    return await readVersion(services, workflowId, workflow.version);
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) return undefined;
    throw error;
  }
}
