import { logError } from '../log.ts';
import { removeLostSnapshots } from '../ranking/leaderboard.ts';
import { removeLeftovers } from '../runs/leftovers.ts';
import { type Run, readAnyRun } from '../runs/run.ts';
import { settleRun } from '../runs/settle.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import { type DueItem, dueItem, type Key, keys } from '../store/keys.ts';
import { DUE_SHARDS } from '../store/table-definition.ts';
import { expireMultipartUpload } from '../uploads/multipart-end.ts';
import { purge } from './purge.ts';

/** Items per shard and sweep: bounded work for one invocation, the rest is due a minute later. */
const ITEMS_PER_SHARD = 100;
/** A run that goes on as it should, and whatever cannot be mended now, is looked at again after this time. */
const CHECK_MINUTES = 5;
/** No further check begins after this time; the longest takes another minute, and the function has 300 s. */
const BUDGET_MS = 200_000;

/**
 * Looks at everything whose check is due and heals what an interruption or a lost message has left: starts
 * what was admitted and not started, settles what has closed, purges what was deleted, wakes the leaderboard function.
 *
 * @returns the number of items looked at
 */
export async function sweep(services: Services): Promise<number> {
  const begun = performance.now();
  const inTime = () => performance.now() - begun < BUDGET_MS;
  const due = await dueItems(services);
  const inOrder = due.toSorted((a, b) => lengthOf(a) - lengthOf(b));
  let looked = 0;
  for (const item of inOrder) {
    if (!inTime()) break;
    looked += 1;
    await check(services, item);
  }
  return looked;
}

/**
 * Purging a group takes as long as it has runs, and that of an upload reads the arguments of all of them, for each upload
 * of a participant's: nothing else waits for these.
 */
const lengthOf = ({ kind }: DueItem): number =>
  kind === 'upload' ? 2 : kind === 'group' || kind === 'workflow' ? 1 : 0;

async function dueItems({ table, now }: Services): Promise<DueItem[]> {
  const until = now().toISOString();
  const found: Key[] = [];
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    found.push(...(await table.due(`DUE#${shard}`, until, ITEMS_PER_SHARD)));
  }
  return found.map(dueItem);
}

/** One check. Whatever goes wrong in it is put off, so that it never keeps the others from theirs. */
async function check(services: Services, item: DueItem): Promise<void> {
  const { kind, id, key } = item;
  try {
    if (kind === 'run') await checkRun(services, id);
    else if (kind === 'leaderboard') await checkLeaderboard(services, item);
    else if (kind === 'multipart-upload') await expireMultipartUpload(services, item.groupId, id);
    else await purge(services, { kind, id, key });
  } catch (error) {
    logError('check failed', { ...key }, error);
    await checkLater(services, item);
  }
}

async function checkRun(services: Services, runId: string): Promise<void> {
  const run = await readAnyRun(services, runId);
  if (!run) return;
  if (run.deleting) return purge(services, { kind: 'run', id: run.id, key: keys.run(run.id) });
  if (run.settled) return removeLeftovers(services, run);
  if (isActive(run.state) && (await goesOn(services, run))) {
    return checkLater(services, { kind: 'run', id: run.id, key: keys.run(run.id) });
  }
  await settleRun(services, run.id, true);
}

/** Whether an active run waits or is being executed; its execution is started if there is none. */
async function goesOn({ executions }: Services, run: Run): Promise<boolean> {
  if (run.queueNumber !== undefined) return true;
  const open = await executions.isOpen(run.machineArn, run.id);
  return open ?? executions.start(run.machineArn, run.id);
}

/** A leaderboard that is due was not brought up to date in minutes, where seconds are the rule. */
async function checkLeaderboard(services: Services, item: DueItem): Promise<void> {
  await checkLater(services, item);
  await removeLostSnapshots(services, item.id);
  await services.messages.leaderboardDirty(item.id);
}

/** Postpones the next check, unless the item has left the index meanwhile. */
async function checkLater({ table, now }: Services, { id, key }: DueItem): Promise<void> {
  const onIndex: Condition = { expression: 'attribute_exists(#dueAt)' };
  await conditionally(
    table.update(key, { set: dueAttributes(id, minutesLater(now(), CHECK_MINUTES)) }, onIndex),
  );
}
