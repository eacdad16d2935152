import { groupEntryCodec } from '../groups/group.ts';
import { inBatches, inParallel } from '../parallel.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { minutesLater } from '../store/due.ts';
import { alive, all, type Condition, exists, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { isUnlisted, listedByTime } from '../store/runs-by-time.ts';
import { readAnyWorkflow, type Workflow, workflowEntryCodec } from '../workflows/workflow.ts';
import { runEntryCodec } from './run.ts';

/**
 * Earlier releases did not put runs on the list of their workflow by time. The first reader of such a list has the
 * leaderboard function do it in the background; until then the list is by group.
 */

/** Functions of an earlier release may still write for this time after an update: the longest message delay, and more. */
const DELAY_SECONDS = 900;
/** A request that was not carried out counts as lost after this time. */
const LOST_MINUTES = 60;
/** Time after which no further group begins; the function has 300 s, and 1,000 runs take about ten. */
const BUDGET_MS = 120_000;
/** Entries between two looks at the time, and those that are written at the same time. */
const [PART, WIDTH] = [100, 8];

/** Requests that the runs of a workflow are put on its list, unless that was requested. */
export async function requestListing(services: Services, { id, createdAt }: Workflow): Promise<void> {
  const { table, messages, now } = services;
  const free: Condition = {
    expression: 'attribute_not_exists(#runsListingAt) OR #runsListingAt < :lost',
    values: { lost: minutesLater(now(), -LOST_MINUTES).toISOString() },
  };
  const set = { runsListingAt: now().toISOString() };
  const first = await conditionally(
    table.update(keys.workflow(id), { set }, all(alive, madeAt(createdAt), free)),
  );
  if (first) await messages.listRuns(id, '', DELAY_SECONDS);
}

/** Puts runs on the list for a bounded time, and requests the rest. Repeatable. */
export async function continueListing(services: Services, workflowId: string, after: string): Promise<void> {
  const until = performance.now() + BUDGET_MS;
  const { rest } = await listEarlierRuns(services, workflowId, after, () => performance.now() < until);
  if (rest !== undefined) await services.messages.listRuns(workflowId, rest);
}

/** Runs that a workflow had, and that were not on its list. */
interface Listed {
  readonly id: string;
  readonly listed: number;
}

/** Does so for all workflows at once: for the operator, after a restore or an update. */
export async function listAllRuns(services: Services): Promise<Listed[]> {
  const done: Listed[] = [];
  for await (const item of services.table.range(keys.workflowEntries())) {
    const { id } = workflowEntryCodec.read(item);
    done.push({ id, listed: (await listEarlierRuns(services, id, '', () => true)).listed });
  }
  return done;
}

/**
 * @param after the last group that is complete; empty before the first one
 * @returns how many runs were put on the list, and the group after which to continue if the time is over
 */
async function listEarlierRuns(
  services: Services,
  workflowId: string,
  after: string,
  inTime: () => boolean,
): Promise<{ readonly listed: number; readonly rest: string | undefined }> {
  const { table } = services;
  const workflow = await readAnyWorkflow(services, workflowId);
  if (!workflow) return { listed: 0, rest: undefined };
  let listed = 0;
  let done = after;
  const start = after === '' ? {} : { after: keys.workflowGroup(workflowId, after).sk };
  for await (const item of table.range(keys.workflowGroups(workflowId), start)) {
    const { id } = groupEntryCodec.read(item);
    const unlisted = table.range(keys.runEntries(id), { filter: isUnlisted });
    for await (const part of inBatches(unlisted, PART)) {
      if (!inTime()) return { listed, rest: done };
      await inParallel(part.map(runEntryCodec.read), WIDTH, async (entry) => {
        const key = keys.runEntry(id, entry.createdAt, entry.id);
        // Whatever changes an entry from now on lists it as well.
        const set = listedByTime(workflowId, entry);
        if (await conditionally(table.update(key, { set }, all(exists, isUnlisted)))) listed += 1;
      });
    }
    done = id;
  }
  const isSame = all(exists, madeAt(workflow.createdAt));
  const change = { set: { runsListed: true }, remove: ['runsListingAt'] };
  await conditionally(table.update(keys.workflow(workflowId), change, isSame));
  return { listed, rest: undefined };
}
