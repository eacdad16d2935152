import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Change, Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { leaderboardDue } from '../workflows/leaderboard-state.ts';
import { readRanked } from './documents/ranked.ts';
import { readResultItem } from './result.ts';
import type { Run } from './run.ts';

/**
 * Makes room for the next post-processing run when one ends. If one failed and a run that it processed was deleted
 * meanwhile, the failure may be due to that run: the leaderboard is checked again.
 */
export async function postprocEnded(services: Services, run: Run): Promise<void> {
  const again = run.state === 'ERROR' && (await hasLostRun(services, run));
  await vacate(
    services,
    run,
    again ? { add: { trigger: 1 }, set: leaderboardDue(services, run.workflowId) } : {},
  );
}

/** Whether a run that a post-processing run processed has left the leaderboard. */
async function hasLostRun(services: Services, { id, workflowId }: Run): Promise<boolean> {
  const ranked = await readRanked(services, id);
  const results = await services.table.list(keys.results(workflowId));
  const left = new Set(results.map((item) => readResultItem(item).runId));
  return ranked.some((runId) => !left.has(runId));
}

/** Takes effect once: only for the first caller that finds this run ended. */
export async function vacate(
  { table }: Services,
  run: Pick<Run, 'id' | 'workflowId'>,
  change: Pick<Change, 'add' | 'set'> = {},
): Promise<void> {
  const current: Condition = { expression: '#postprocActive = :run', values: { run: run.id } };
  await conditionally(
    table.update(keys.leaderboard(run.workflowId), { remove: ['postprocActive'], ...change }, current),
  );
}
