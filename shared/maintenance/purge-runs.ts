import { FlowservError } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import { cancelRun } from '../runs/cancel.ts';
import { purgeRun } from '../runs/purge.ts';
import { removable } from '../runs/remove.ts';
import { type Run, type RunEntry, readAnyRun, runCodec, runEntryCodec } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { exists } from '../store/expressions.ts';
import type { Item, Range } from '../store/item.ts';
import { type Key, keys } from '../store/keys.ts';
import { markOf } from '../store/purge.ts';
import type { InTime } from './outcome.ts';

/** Runs per transaction of 100 writes: two for each run, and one for the leaderboard (DynamoDB, TransactWriteItems). */
const PAGE = 49;
/** Runs that are purged at the same time; each takes six consecutive calls. */
const WIDTH = 8;

/** A list of runs whose group or workflow was deleted. */
export interface DoomedRuns {
  readonly workflowId: string;
  readonly entries: Range;
  /** Message for the runs that are canceled. */
  readonly reason: string;
}

/**
 * Cancels the active runs of a list.
 *
 * @returns whether all have ended; false when the time is over
 */
export async function cancelRuns(
  services: Services,
  { entries, reason }: DoomedRuns,
  inTime: InTime,
): Promise<boolean> {
  for (const item of await services.table.list(entries)) {
    const entry = runEntryCodec.read(item);
    if (!isActive(entry.state)) continue;
    if (!inTime()) return false;
    await endRun(services, entry, reason);
  }
  return true;
}

async function endRun(services: Services, { id }: Pick<RunEntry, 'id'>, reason: string): Promise<void> {
  const run = await readAnyRun(services, id);
  if (!run || run.deleting || !isActive(run.state)) return;
  try {
    await cancelRun(services, run, reason);
  } catch (error) {
    // The run ended by itself in between.
    if (!(error instanceof FlowservError)) throw error;
  }
}

/**
 * Purges the runs of a list, a page at a time. Each run's entry is removed with the run, so that an interrupted purge
 * continues with the remaining ones.
 *
 * @returns whether none is left; false when the time is over
 */
export async function purgeRuns(services: Services, doomed: DoomedRuns, inTime: InTime): Promise<boolean> {
  for (;;) {
    const page = await services.table.list(doomed.entries, { limit: PAGE });
    if (page.length === 0) return true;
    if (!inTime()) return false;
    await purgePage(services, doomed, page);
  }
}

async function purgePage(services: Services, { workflowId, reason }: DoomedRuns, page: readonly Item[]) {
  const { table } = services;
  const entries = page.map((item) => ({ key: keyOf(item), id: runEntryCodec.read(item).id }));
  for (const entry of page.map(runEntryCodec.read)) {
    if (isActive(entry.state)) await endRun(services, entry, reason);
  }
  const runs = await readRuns(services, entries);
  await hideRuns(
    services,
    workflowId,
    runs.filter(({ deleting }) => !deleting),
  );
  const hidden = await readRuns(services, entries);
  await inParallel(hidden, WIDTH, async (run) => {
    // The loop would return its entry again and again.
    if (!run.deleting) throw new Error(`run ${run.id} changed after it was read`);
    await purgeRun(services, run);
  });
  const found = new Set(hidden.map(({ id }) => id));
  for (const { id, key } of entries) if (!found.has(id)) await table.remove(key);
}

const keyOf = ({ pk, sk }: Key): Key => ({ pk, sk });

async function readRuns(
  { table }: Services,
  entries: readonly { readonly id: string }[],
): Promise<readonly Run[]> {
  return (await table.getMany(entries.map(({ id }) => keys.run(id)))).map(runCodec.read);
}

/**
 * Marks runs as deleted and removes their results in one transaction: their group is hidden, so readers see no
 * change. If one of them changed since it was read, each gets a transaction of its own.
 */
async function hideRuns(services: Services, workflowId: string, runs: readonly Run[]): Promise<void> {
  if (runs.length === 0) return;
  const { table, now } = services;
  const resultKey = ({ createdAt, id }: Run) => keys.result(workflowId, createdAt, id);
  const ofGroups = runs.filter(({ groupId, state }) => groupId !== undefined && state === 'SUCCESS');
  const results = (await table.getMany(ofGroups.map(resultKey))).map(keyOf);
  const hidden = await conditionally(
    table.transact([
      ...runs.map(({ id }) => table.write.update(keys.run(id), { set: markOf(now(), id) }, removable)),
      ...results.map((key) => table.write.remove(key, exists)),
      ...(results.length === 0
        ? []
        : [table.write.update(keys.leaderboard(workflowId), { add: { results: -results.length } }, exists)]),
    ]),
  );
  if (hidden || runs.length === 1) return;
  for (const run of runs) await hideRuns(services, workflowId, [run]);
}
