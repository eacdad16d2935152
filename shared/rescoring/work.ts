import { timestamp } from '../ids.ts';
import { logInfo } from '../log.ts';
import { runCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueNames } from '../store/due.ts';
import { keys } from '../store/keys.ts';
import { isStillInstalled } from '../workflows/workflow.ts';
import { endRescoringRun } from './end-run.ts';
import { listMoreRuns } from './list-runs.ts';
import {
  type RescoredRun,
  type RescoreRequest,
  readRescore,
  rescoredRunCodec,
  unchanged,
} from './request.ts';
import { startRescoringRun } from './start-run.ts';

/** Maximum number of runs of one request that wait or are executed at the same time. */
const RUNS_AT_ONCE = 20;
/** Time after which one call begins nothing more; the function has 300 s. */
const TURN_MS = 20_000;

/**
 * Works on a request to score runs again until it has to wait for the end of runs: completes the list of runs, ranks
 * those that ended, and starts others. Each step is one transaction on the condition that the request is as it was
 * read. So a call that is interrupted, repeated or concurrent does no step twice, and the next call continues: after
 * the end of a run, or by the sweep.
 */
export async function workOnRescore(services: Services, workflowId: string, number: number): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const request = await readRescore(services, workflowId, number);
    if (!request || request.finishedAt !== undefined) return;
    if (!(await isStillInstalled(services, workflowId))) return;
    if (performance.now() - begun > TURN_MS) return services.messages.rescore(workflowId, number);
    if (!(await takeStep(services, request))) return;
  }
}

/** @returns whether there may be another step now */
async function takeStep(services: Services, request: RescoreRequest): Promise<boolean> {
  const { listing, canceled, active } = request;
  if (listing !== undefined && !canceled) {
    await listMoreRuns(services, request);
    return true;
  }
  if (await endOne(services, request)) return true;
  const next = canceled ? undefined : await nextRun(services, request);
  if (next && active.length < RUNS_AT_ONCE) {
    await startRescoringRun(services, request, next);
    return true;
  }
  if (!next && active.length === 0) await finish(services, request);
  return false;
}

/** Ends the work on one run whose rescoring run ended. @returns whether there was one */
async function endOne(services: Services, request: RescoreRequest): Promise<boolean> {
  const { table } = services;
  const { workflowId, number, active } = request;
  if (active.length === 0) return false;
  const items = (await table.getMany(active.map(({ by }) => keys.run(by)))).map(runCodec.read);
  const runs = new Map(items.map((run) => [run.id, run]));
  const ended = active.find(({ by }) => {
    const run = runs.get(by);
    return !run || run.deleting || !isActive(run.state);
  });
  if (!ended) return false;
  const entry = rescoredRunCodec.readMaybe(
    await table.get(keys.rescoredRun(workflowId, number, ended.runId)),
  );
  if (!entry) throw new Error(`run ${ended.runId} is missing in the list of request ${number}`);
  await endRescoringRun(services, request, entry, runs.get(ended.by));
  return true;
}

async function nextRun(
  { table }: Services,
  { workflowId, number, position }: RescoreRequest,
): Promise<RescoredRun | undefined> {
  const after = position === '' ? {} : { after: keys.rescoredRun(workflowId, number, position).sk };
  const [next] = await table.list(keys.rescoredRuns(workflowId, number), { limit: 1, ...after });
  return rescoredRunCodec.readMaybe(next);
}

async function finish({ table, now }: Services, request: RescoreRequest): Promise<void> {
  const { workflowId, number, total, done, failed } = request;
  const change = { set: { finishedAt: timestamp(now()) }, add: { revision: 1 }, remove: dueNames };
  const key = keys.rescore(workflowId, number);
  if (await conditionally(table.update(key, change, unchanged(request)))) {
    logInfo('runs were scored again', { workflowId, number, total, done, failed });
  }
}
