import type { Services } from '../services.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { ConditionFailed } from '../store/table.ts';
import { DUE_SHARDS } from '../store/table-definition.ts';
import { completeRemoval } from './remove.ts';
import { dueAttributes, minutesLater, type Run, runCodec } from './run.ts';
import { settleRun } from './settle.ts';
import { isActive } from './state.ts';

/** Runs per shard and sweep: bounded work for one invocation, the rest is due a minute later. */
const RUNS_PER_SHARD = 100;
/** A run that goes on as it should is looked at again after this time. */
const CHECK_MINUTES = 5;

/**
 * Looks at every run whose check is due and heals what an interruption or a lost message has left: starts
 * what was admitted and not started, settles what has closed, completes deletions.
 *
 * @returns the number of runs looked at
 */
export async function sweep(services: Services): Promise<number> {
  const until = services.now().toISOString();
  let looked = 0;
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    for (const key of await services.table.due(`DUE#${shard}`, until, RUNS_PER_SHARD)) {
      const run = runCodec.readMaybe(await services.table.get(key));
      if (!run) continue;
      looked += 1;
      await check(services, run);
    }
  }
  return looked;
}

async function check(services: Services, run: Run): Promise<void> {
  if (run.deleting) return completeRemoval(services, run);
  if (!isActive(run.state)) return settleRun(services, run.id, true);
  if (run.queueNumber === undefined) {
    const open = await services.executions.isOpen(run.machineArn, run.id);
    if (open === undefined) await services.executions.start(run.machineArn, run.id);
    if (open === false) return settleRun(services, run.id, true);
  }
  await checkLater(services, run);
}

/** Postpones the next check, unless the run has left the index meanwhile. */
async function checkLater({ table, now }: Services, run: Run): Promise<void> {
  const onIndex: Condition = { expression: 'attribute_exists(#dueAt)' };
  try {
    const due = dueAttributes(run.id, minutesLater(now(), CHECK_MINUTES));
    await table.update(keys.run(run.id), { set: due }, onIndex);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
