import { FlowservError } from '../errors.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import type { Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type LeaderboardState, readLeaderboardState } from '../workflows/leaderboard-state.ts';
import { readVersion } from '../workflows/version.ts';
import { findWorkflow } from '../workflows/workflow.ts';
import { buildSnapshot, rankResults } from './leaderboard.ts';
import { checkPostproc } from './postproc.ts';
import { rulesOf } from './rules.ts';

/** Minimum time between two snapshots; it is longer if the last snapshot took more than a tenth of it. */
const MIN_INTERVAL_MS = 2000;
const DURATION_FACTOR = 10;
/** The longest delay of a message (Amazon SQS, DelaySeconds). */
const MAX_DELAY_SECONDS = 900;

/**
 * The leaderboard function: brings a workflow's snapshot up to date and starts post-processing if the set of ranked
 * runs changed. If it is too early for another snapshot, it schedules a later call and returns.
 */
export async function refreshLeaderboard(services: Services, workflowId: string): Promise<void> {
  const leaderboard = await readLeaderboardState(services, workflowId);
  const stale = leaderboard.dirty > leaderboard.built;
  if (stale || leaderboard.trigger !== leaderboard.processed) {
    const version = await currentVersion(services, workflowId);
    if (!version) return;
    const wait = stale ? millisecondsToWait(leaderboard, services.now()) : 0;
    if (wait > 0) return wakeLater(services, workflowId, wait);
    const rules = rulesOf(version);
    const ranking = stale
      ? await buildSnapshot(services, workflowId, leaderboard, rules)
      : await rankResults(services, workflowId, rules, false);
    await checkPostproc(services, workflowId, version, leaderboard, ranking);
  }
}

function millisecondsToWait(leaderboard: LeaderboardState, now: Date): number {
  if (leaderboard.builtAt === undefined) return 0;
  const interval = Math.max(MIN_INTERVAL_MS, DURATION_FACTOR * (leaderboard.buildMs ?? 0));
  return Math.max(0, Date.parse(leaderboard.builtAt) + interval - now.getTime());
}

/**
 * Sends one delayed message. Of many calls that come too early only the first sends one: otherwise each would cause
 * another, and on a busy leaderboard their number would never shrink.
 */
async function wakeLater({ table, messages, now }: Services, workflowId: string, wait: number) {
  const seconds = Math.min(MAX_DELAY_SECONDS, Math.ceil(wait / 1000));
  const time = now();
  const wakeAt = new Date(time.getTime() + seconds * 1000).toISOString();
  const asleep: Condition = {
    expression: 'attribute_exists(#pk) AND (attribute_not_exists(#wakeAt) OR #wakeAt <= :now)',
    values: { now: time.toISOString() },
  };
  const first = await conditionally(table.update(keys.leaderboard(workflowId), { set: { wakeAt } }, asleep));
  if (first) await messages.leaderboardDirty(workflowId, seconds);
}

/** The version that is installed now; undefined when the workflow was deleted meanwhile. */
async function currentVersion(services: Services, workflowId: string) {
  try {
    const workflow = await findWorkflow(services, workflowId);
    return await readVersion(services, workflowId, workflow.version);
  } catch (error) {
    if (error instanceof FlowservError && error.status === 404) return undefined;
    throw error;
  }
}
