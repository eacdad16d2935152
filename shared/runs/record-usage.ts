import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { all, type Condition, exists } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { recordAlerts } from '../workflows/budget.ts';
import { monthOf, usageWrites } from '../workflows/usage.ts';
import { readRunDocument } from './documents/plan.ts';
import { type Run, readAnyRun } from './run.ts';
import { readRunAndSteps } from './steps/record.ts';
import { taskUse } from './steps/task-seconds.ts';

const unrecorded: Condition = { expression: 'attribute_not_exists(#usage)' };
const NOTHING = { taskSeconds: 0, vcpuSeconds: 0, micros: 0 };

/**
 * Records what an ended run used, and adds it to the sums of its month, in one transaction: repeatable, and once for each
 * run. Then records the alerts of the budget that the sum has reached. The records of steps do not change after the end of
 * a run, so the usage can be calculated again from them.
 */
export async function recordUsage(services: Services, { id }: Pick<Run, 'id'>): Promise<void> {
  const run = await readAnyRun(services, id);
  if (!run?.finishedAt) return;
  if (!run.usage) await addUsage(services, run, run.finishedAt);
  // Also when it is repeated, after a crash in between.
  await recordAlerts(services, run.workflowId, monthOf(run.finishedAt));
}

async function addUsage(services: Services, run: Run, endedAt: string): Promise<void> {
  const { table } = services;
  const used = run.engine === undefined ? await usageOf(services, run, endedAt) : NOTHING;
  const month = monthOf(endedAt);
  const set = { usage: { month, ...used } };
  await conditionally(
    table.transact([
      table.write.update(keys.run(run.id), { set }, all(exists, unrecorded)),
      ...usageWrites(table, run, month, used),
    ]),
  );
}

/** Only a run with a record of a step had tasks, and a plan that is still stored. */
async function usageOf(services: Services, run: Run, endedAt: string) {
  const records = (await readRunAndSteps(services, run.id))?.steps ?? [];
  if (records.length === 0) return NOTHING;
  const { plan } = await readRunDocument(services, run.id);
  return taskUse(plan.steps, records, endedAt);
}
