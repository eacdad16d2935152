import { type Run, runCodec, runEntryCodec } from '../runs/run.ts';
import { readWaiting, type Waiting } from '../runs/waiting.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { type PageRequest, readPage } from '../store/paging.ts';
import { postprocRunOf, readLeaderboardState } from '../workflows/leaderboard-state.ts';

/** Runs of a page: each of their items may have 100 kB of messages. */
const MAX_RUNS = 100;

/** The post-processing of a workflow. */
export interface Postproc {
  /** Whether the ranking changed, or a repetition was requested, and the leaderboard function has not looked at it yet. */
  readonly isPending: boolean;
  /** The newest run first. */
  readonly runs: readonly Run[];
  /** What those of them that have not begun wait for. */
  readonly waiting: Waiting | undefined;
  readonly nextCursor: string | undefined;
  /** Whether the current leaderboard shows a run. */
  isShown(run: Run): boolean;
}

/** Reads the state of a workflow's post-processing, and a page of its runs. @throws FlowservError 400 for a bad cursor */
export async function readPostprocRuns(
  services: Services,
  workflowId: string,
  { limit = MAX_RUNS, cursor }: PageRequest,
): Promise<Postproc> {
  const { table } = services;
  const request = { limit: Math.min(limit, MAX_RUNS), cursor };
  const [leaderboard, { entries, nextCursor }] = await Promise.all([
    readLeaderboardState(services, workflowId),
    readPage(table, keys.postprocEntries(workflowId), runEntryCodec.read, request, { descending: true }),
  ]);
  const items = await table.getMany(entries.map(({ id }) => keys.run(id)));
  const byId = new Map(items.map(runCodec.read).map((run) => [run.id, run]));
  const runs = entries.flatMap(({ id }) => byId.get(id) ?? []).filter(({ deleting }) => !deleting);
  return {
    isPending: leaderboard.trigger !== leaderboard.processed,
    runs,
    waiting: await readWaiting(services, runs),
    nextCursor,
    isShown: ({ id, phase }) => postprocRunOf(leaderboard, phase) === id,
  };
}
