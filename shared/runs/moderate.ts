import { FlowservError, invalid } from '../errors.ts';
import { auditDetail, type GivenReason, newDisqualification } from '../groups/disqualify.ts';
import { findGroup, type Group } from '../groups/group.ts';
import { timestamp } from '../ids.ts';
import { choiceDemand } from '../quotas/contest.ts';
import { checkRoom, claimOf } from '../quotas/reserve.ts';
import { type Actor, type Audited, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed, conditionally } from '../store/conditional.ts';
import { alive, all, type Change, type Condition, madeAt } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { markDirty } from '../workflows/leaderboard-state.ts';
import { checkLabel, type Moderation, readModerations } from '../workflows/moderation.ts';
import { findRun, type Run } from './run.ts';

/**
 * Decisions about the ranking of a run, in any state: a run that ends later is ranked by them. They leave its result as
 * it is, so undoing one restores its entry on the leaderboard.
 */

/** Maximum number of baselines of a workflow: each response with the leaderboard contains all of them. */
const MAX_BASELINES = 100;

/** A run with its group, as `findOwner` returns them. */
export interface RunOfGroup {
  readonly run: Run;
  readonly group: Group | null;
}

/**
 * Disqualifies a run. Another reason replaces the one before; repeating the same one changes nothing.
 *
 * @throws FlowservError 400 for an invalid reason or a post-processing run, 404 if the run was deleted meanwhile
 */
export async function disqualifyRun(
  services: Services,
  actor: Actor,
  found: RunOfGroup,
  given: GivenReason,
): Promise<Moderation> {
  const { run } = found;
  const disqualified = newDisqualification(run.disqualified, given, services.now());
  if (disqualified === run.disqualified) return run;
  return decide(services, found, { set: { disqualified } }, [
    audited(services, run, { actor, action: 'run.disqualify', ...auditDetail(disqualified) }),
  ]);
}

/** Readmits a disqualified run, which ranks as before. Repeating it changes nothing. */
export async function readmitRun(services: Services, actor: Actor, found: RunOfGroup): Promise<void> {
  const entry = audited(services, found.run, { actor, action: 'run.readmit' });
  await undo(services, found, 'disqualified', entry);
}

/**
 * Marks a run as a baseline, which is shown on the leaderboard without a rank and is no entry of its group.
 *
 * @param text label beside the name of the group
 * @throws FlowservError 400 for an invalid label, a post-processing run, or too many baselines
 */
export async function markBaseline(
  services: Services,
  actor: Actor,
  found: RunOfGroup,
  text: string | undefined,
): Promise<Moderation> {
  const { run } = found;
  const label = text === undefined ? undefined : checkLabel(text);
  if (run.baseline && run.baseline.label === label) return run;
  const { runs } = await readModerations(services, run.workflowId);
  const others = [...runs.values()].filter((other) => other.baseline && other.runId !== run.id);
  if (others.length >= MAX_BASELINES)
    throw invalid('moderation.baselines', `a workflow has at most ${MAX_BASELINES} baselines`);
  const baseline = { since: timestamp(services.now()), ...(label === undefined ? {} : { label }) };
  return decide(services, found, { set: { baseline } }, [
    audited(services, run, { actor, action: 'run.baseline', detail: label }),
  ]);
}

/** Makes a baseline an ordinary run again. Repeating it changes nothing. */
export async function unmarkBaseline(services: Services, actor: Actor, found: RunOfGroup): Promise<void> {
  const entry = audited(services, found.run, { actor, action: 'run.no-baseline' });
  await undo(services, found, 'baseline', entry);
}

/** Removes a decision with an entry in the audit list, unless another request removed it. */
async function undo(
  services: Services,
  found: RunOfGroup,
  name: 'disqualified' | 'baseline',
  entry: Write,
): Promise<void> {
  if (!found.run[name]) return;
  const isThere: Condition = { expression: `attribute_exists(#${name})` };
  await conditionally(decide(services, found, { remove: [name] }, [entry], { onRun: isThere }));
}

/**
 * Withdraws a run of a group from the ranking, or returns it, at the wish of a member. Repeating it changes nothing.
 *
 * @throws FlowservError 400 if the run or its group is disqualified, 429 after too many changes in a day
 */
export async function setWithdrawn(
  services: Services,
  found: RunOfGroup,
  isWithdrawn: boolean,
): Promise<Moderation> {
  const { run, group } = found;
  if (run.disqualified || group?.disqualified) throw isDisqualified();
  if (isWithdrawn === (run.withdrawn !== undefined) || !group) return run;
  const demands = [choiceDemand(group, services.now())];
  await checkRoom(services, demands);
  const claimed = claimOf(services, demands);
  const notDisqualified: Condition = { expression: 'attribute_not_exists(#disqualified)' };
  const change = isWithdrawn
    ? { set: { withdrawn: { since: timestamp(services.now()) } } }
    : { remove: ['withdrawn'] };
  try {
    return await decide(services, found, change, claimed.writes, {
      onRun: notDisqualified,
      onGroup: notDisqualified,
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw claimed.errorFor(error.actions, OWN_WRITES) ?? isDisqualified();
  }
}

const isDisqualified = () =>
  new FlowservError(
    'run.disqualified',
    'the run or its group is disqualified; a withdrawal has no effect on the ranking and cannot be changed',
  );

const audited = (services: Services, { id, workflowId }: Run, entry: Omit<Audited, 'object'>): Write =>
  auditWrite(services, workflowId, { ...entry, object: { type: 'run', id } });

/** Number of writes of `decide` before those of its caller. */
const OWN_WRITES = 4;

/**
 * Changes the decisions about a run in one transaction: the item that rankings read, the copies for handles and lists,
 * and the leaderboard, which may rank other runs now. The leaderboard is always marked, because the run may end meanwhile.
 *
 * @param conditions further ones
 * @throws FlowservError 400 for a post-processing run, 404 for a run or a group that was deleted meanwhile
 * @throws ConditionFailed if a further condition is not fulfilled, or one of `writes` failed
 */
async function decide(
  services: Services,
  { run, group }: RunOfGroup,
  change: Change,
  writes: readonly Write[],
  conditions: { readonly onRun?: Condition; readonly onGroup?: Condition } = {},
): Promise<Moderation> {
  if (!group) {
    throw invalid('moderation.postproc', 'a post-processing run is not on the leaderboard');
  }
  const { table, messages } = services;
  const { id: runId, workflowId, createdAt } = run;
  const { id: groupId } = group;
  const { set = {}, remove = [] } = change;
  const { onRun = alive, onGroup = alive } = conditions;
  try {
    await table.transact([
      table.write.update(keys.run(runId), { set, remove, add: { moderationCount: 1 } }, all(alive, onRun)),
      table.write.update(
        keys.group(groupId),
        { set: { hasModeration: true }, add: { runChanges: 1 } },
        all(alive, madeAt(group.createdAt), onGroup),
      ),
      table.write.update(keys.runModeration(workflowId, groupId, runId), {
        set: { v: 1, groupId, runId, createdAt, ...set },
        remove,
      }),
      markDirty(services, workflowId, {
        results: 0,
        trigger: 1,
        ...('baseline' in set ? { hasBaselines: true } : {}),
      }),
      ...writes,
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    await findGroup(services, groupId);
    await findRun(services, runId);
    throw error;
  }
  await messages.leaderboardDirty(workflowId);
  return findRun(services, runId);
}

/** The writes by which a run takes over the decisions about a run that it replaces on the leaderboard. */
export interface TakeOver {
  /** The change of the run's own item. */
  readonly change: Pick<Change, 'set' | 'add'>;
  /** The condition of the other run: no decision was made since it was read. */
  readonly unchanged: Condition;
  readonly writes: readonly Write[];
}

/** Prepares what a run takes over from the run that it replaces, for the transaction that replaces it. */
export function takeOverDecisions({ table }: Services, from: Run, to: Run): TakeOver {
  const { disqualified, withdrawn, baseline, moderationCount } = from;
  const { id: runId, workflowId, groupId, createdAt } = to;
  if (moderationCount === undefined || groupId === undefined)
    return { change: {}, unchanged: { expression: 'attribute_not_exists(#moderationCount)' }, writes: [] };
  const set = { disqualified, withdrawn, baseline };
  return {
    change: { set, add: { moderationCount } },
    unchanged: {
      expression: '#moderationCount = :moderationCount',
      values: { moderationCount },
    },
    writes: [
      table.write.update(keys.runModeration(workflowId, groupId, runId), {
        set: { v: 1, groupId, runId, createdAt, ...set },
      }),
    ],
  };
}
