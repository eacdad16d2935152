import { listWorkflowRuns } from '../runs/list-of-workflow.ts';
import { readResultItem } from '../runs/result.ts';
import { type Run, type RunEntry, runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { keys } from '../store/keys.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { type RescoredRun, type RescoreRequest, rescoredRunCodec, unchanged } from './request.ts';

/** Runs per transaction, which holds 100 writes (DynamoDB, TransactWriteItems). */
const PAGE = 90;

/** Part of the runs of a workflow, and where the next part begins, if there is one. */
interface Part {
  readonly runs: readonly Run[];
  readonly next: string | undefined;
}

/**
 * Adds the next runs to the list of a request, with the position after them in the same transaction: an interrupted
 * list continues there. Runs of the current version, and those that were replaced, are left out.
 */
export async function listMoreRuns(services: Services, request: RescoreRequest): Promise<void> {
  const { table } = services;
  const { workflowId, number, scope, listing = '', total } = request;
  const { version } = await findWorkflow(services, workflowId);
  const read = scope === 'ranked' ? rankedRuns : endedRuns;
  const { runs, next } = await read(services, workflowId, listing);
  const added = runs.flatMap(({ id, groupId, ...run }): RescoredRun[] => {
    const isDone = run.version === version || run.replacedBy !== undefined || run.rescore !== undefined;
    const isGone = run.deleting || groupId === undefined;
    return isDone || isGone ? [] : [{ runId: id, groupId, state: 'waiting' }];
  });
  const change = {
    set: { total: total + added.length, listing: next },
    add: { revision: 1 },
    ...(next === undefined ? { remove: ['listing'] } : {}),
  };
  await conditionally(
    table.transact([
      table.write.update(keys.rescore(workflowId, number), change, unchanged(request)),
      ...added.map((run) =>
        table.write.put(rescoredRunCodec.write(keys.rescoredRun(workflowId, number, run.runId), run)),
      ),
    ]),
  );
}

/** Runs with a result on the current or an earlier leaderboard, by the time of their creation. */
async function rankedRuns(services: Services, workflowId: string, from: string): Promise<Part> {
  const after = from === '' ? {} : { after: from };
  const items = await services.table.list(keys.results(workflowId), { limit: PAGE, ...after });
  const next = items.length < PAGE ? undefined : items.at(-1)?.sk;
  return {
    runs: await readRuns(
      services,
      items.map((item) => readResultItem(item).runId),
    ),
    next,
  };
}

/** Runs of all groups that ended as SUCCESS or ERROR, but not those that scored another run again without effect. */
async function endedRuns(services: Services, workflowId: string, from: string): Promise<Part> {
  const token = from === '' ? undefined : from;
  const page = await listWorkflowRuns(services, workflowId, { limit: PAGE, token, state: undefined });
  const hasEnded = ({ state }: RunEntry) => state === 'SUCCESS' || state === 'ERROR';
  const runs = await readRuns(
    services,
    page.entries.filter(hasEnded).map(({ id }) => id),
  );
  return {
    runs: runs.filter(({ rescoredFrom, replaces }) => rescoredFrom === undefined || replaces !== undefined),
    next: page.nextToken,
  };
}

const readRuns = async ({ table }: Services, runIds: readonly string[]): Promise<readonly Run[]> =>
  (await table.getMany(runIds.map(keys.run))).map(runCodec.read);
