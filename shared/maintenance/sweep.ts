import { CHECK_MINUTES as INSTALL_MINUTES } from '../installations/create.ts';
import { expireSource } from '../installations/sources.ts';
import { logError } from '../log.ts';
import { removeLostSnapshots } from '../ranking/leaderboard.ts';
import { cancelRun } from '../runs/cancel.ts';
import { reviewHeld } from '../runs/hold.ts';
import { removeLeftovers } from '../runs/leftovers.ts';
import { type Run, readAnyRun } from '../runs/run.ts';
import { settleRun } from '../runs/settle.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, minutesLater } from '../store/due.ts';
import { type DueItem, dueItem } from '../store/due-item.ts';
import type { Condition } from '../store/expressions.ts';
import { type Key, keys } from '../store/keys.ts';
import { DUE_SHARDS } from '../store/table-definition.ts';
import { expireMultipartUpload } from '../uploads/multipart-end.ts';
import {
  isUpToDate,
  mayHaveBuilders,
  readLeaderboardState,
  restLeaderboard,
} from '../workflows/leaderboard-state.ts';
import { purge } from './purge.ts';

/** Items per shard and sweep, to bound the work of one invocation; the rest stays due for the next minute. */
const ITEMS_PER_SHARD = 100;
/** A run in progress, and an item whose check failed, are checked again after this time. */
const CHECK_MINUTES = 5;
/** A request to poll a run at a remote engine counts as lost after this time, the lease of a poll. */
const LOST_POLL_MINUTES = 16;
/** A request to score runs again is looked at so often, besides the ends of its runs. */
const RESCORE_MINUTES = 2;
/** Time after which no check begins. The longest check takes another minute, and the function has 300 s. */
const BUDGET_MS = 200_000;

/**
 * Checks everything that is due and repairs what an interruption or a lost message left undone: starts admitted runs,
 * settles runs whose execution ended, purges deleted objects, wakes the leaderboard function.
 *
 * @returns the number of items checked
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
 * Order of the checks: long ones come last. The time to purge a group grows with its runs, and the purge of each
 * upload reads the arguments of all runs of its group.
 */
const lengthOf = ({ kind }: DueItem): number =>
  kind === 'upload' ? 2 : kind === 'group' || kind === 'workflow' || kind === 'user' ? 1 : 0;

async function dueItems({ table, now }: Services): Promise<DueItem[]> {
  const until = now().toISOString();
  const found: Key[] = [];
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    found.push(...(await table.due(`DUE#${shard}`, until, ITEMS_PER_SHARD)));
  }
  return found.map(dueItem);
}

/** Runs one check. If it fails, it is rescheduled so that it cannot block other checks. */
async function check(services: Services, item: DueItem): Promise<void> {
  const { kind, id, key } = item;
  try {
    if (kind === 'run') await checkRun(services, id);
    else if (kind === 'leaderboard') await checkLeaderboard(services, item);
    else if (kind === 'rescore') await checkRescore(services, item);
    else if (kind === 'delivery') await checkDelivery(services, item);
    else if (kind === 'source') await expireSource(services, id, item.place);
    else if (kind === 'installation') await checkInstallation(services, item);
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
  if (isActive(run.state) && run.queueNumber === undefined && run.engine !== undefined) {
    return requestPoll(services, run.id, run.engine);
  }
  const refused = run.held && isActive(run.state) ? await reviewHeld(services, run) : undefined;
  if (refused !== undefined) {
    await cancelRun(services, run, refused);
    return;
  }
  if (isActive(run.state) && (await goesOn(services, run))) {
    return checkLater(services, { kind: 'run', id: run.id, key: keys.run(run.id) });
  }
  await settleRun(services, run.id, true);
}

/**
 * Has the function that can reach remote engines poll a run. That function schedules the next poll, a minute later. The
 * check is postponed before that, so that a message that still waits in the queue is not sent again each minute.
 */
async function requestPoll(services: Services, runId: string, engine: string): Promise<void> {
  await checkLater(services, { kind: 'run', id: runId, key: keys.run(runId) }, LOST_POLL_MINUTES);
  await services.messages.remoteRun({ runId, engine });
}

/** Whether an active run waits or is being executed; starts its execution if it does not exist. */
async function goesOn({ executions }: Services, run: Run): Promise<boolean> {
  if (run.queueNumber !== undefined) return true;
  const open = await executions.isOpen(run.machineArn, run.id);
  return open ?? executions.start(run.machineArn, run.id);
}

/**
 * A leaderboard is normally up to date within seconds. It stays due for some minutes more, until an interrupted function
 * can have left no snapshot that is not published.
 */
async function checkLeaderboard(services: Services, item: DueItem): Promise<void> {
  await checkLater(services, item);
  const leaderboard = await readLeaderboardState(services, item.id);
  await removeLostSnapshots(services, item.id);
  if (!isUpToDate(leaderboard)) return services.messages.leaderboardDirty(item.id);
  if (!mayHaveBuilders(services, leaderboard)) await restLeaderboard(services, item.id, leaderboard);
}

/** The end of each run is work for its request; the message about it may be lost. */
async function checkRescore(services: Services, item: DueItem & { readonly kind: 'rescore' }): Promise<void> {
  await checkLater(services, item, RESCORE_MINUTES);
  await services.messages.rescore(item.id, item.number);
}

/** A delivery is due, or the message about it was lost. The function that reaches receivers schedules the next attempt. */
async function checkDelivery(services: Services, item: DueItem): Promise<void> {
  await checkLater(services, item);
  await services.messages.delivery({ ownerId: item.id, key: item.key.sk });
}

/** The message that begins the work may be lost, or the function that did it was killed. */
async function checkInstallation(services: Services, item: DueItem): Promise<void> {
  await checkLater(services, item, INSTALL_MINUTES);
  await services.messages.install(item.id);
}

/** Postpones the next check, unless the item left the index meanwhile. */
async function checkLater(
  { table, now }: Services,
  { id, key }: DueItem,
  minutes = CHECK_MINUTES,
): Promise<void> {
  const onIndex: Condition = { expression: 'attribute_exists(#dueAt)' };
  await conditionally(table.update(key, { set: dueAttributes(id, minutesLater(now(), minutes)) }, onIndex));
}
