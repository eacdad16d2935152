import { createHash } from 'node:crypto';
import { FlowservError } from '../errors.ts';
import { newId } from '../ids.ts';
import { createRun } from '../runs/create.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import { vacate } from '../runs/postproc-end.ts';
import { reserveRun, withdrawRun } from '../runs/reserve.ts';
import { runCodec } from '../runs/run.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { all, type Change, type Condition } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { type LeaderboardState, ofVersion } from '../workflows/leaderboard-state.ts';
import { stateMachineOf } from '../workflows/state-machines.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { LeaderboardEntry } from './leaderboard.ts';
import { byPhase } from './phases.ts';
import type { Unprepared } from './postproc-inputs.ts';

/**
 * Starts the workflow's post-processing when the set of ranked runs differs from the set that was post-processed last
 * (flowServ engine specification, post-processing). Level-triggered: it compares the wanted state with the current
 * one, so it may be called at any time. At most one such run is open per workflow. Each phase of a contest is processed by
 * itself, one after the other.
 *
 * @param ranking the default ranking, one run per group and phase, as it was when `leaderboard` was read
 */
export async function checkPostproc(
  services: Services,
  workflowId: string,
  version: WorkflowVersion,
  leaderboard: LeaderboardState,
  ranking: readonly LeaderboardEntry[],
): Promise<void> {
  const { template, ignorePostproc } = version;
  const wanted = template.results && template.postproc && !ignorePostproc;
  if (leaderboard.trigger === leaderboard.processed) return;
  if (
    leaderboard.postprocActive !== undefined &&
    (await isOpen(services, workflowId, leaderboard.postprocActive))
  )
    return;
  const [next, ...later] = wanted ? pendingOf(leaderboard, ranking) : [];
  if (!next) {
    await markProcessed(services, workflowId, leaderboard, ranking);
    return;
  }
  await startPostproc(services, workflowId, version, leaderboard, { ...next, isLast: later.length === 0 });
}

/** A ranking to post-process: that of a phase, or of a leaderboard without phases. */
interface Pending {
  readonly phase: string | undefined;
  readonly ranking: readonly LeaderboardEntry[];
  /** Digest of its set of runs. */
  readonly set: string;
}

/** The rankings whose sets of runs differ from those that were processed last. */
function pendingOf(
  { postprocSet, postprocOf = {} }: LeaderboardState,
  entries: readonly LeaderboardEntry[],
): Pending[] {
  return byPhase(entries, {}).flatMap((ranking) => {
    const phase = ranking[0]?.phase;
    const processed = phase === undefined ? postprocSet : new Map(Object.entries(postprocOf)).get(phase)?.set;
    const set = digestOfSet(ranking.map(({ runId }) => runId));
    return set === processed ? [] : [{ phase, ranking, set }];
  });
}

/**
 * Whether a post-processing run is still open. Removes the leaderboard's pointer to a run that is gone or settled,
 * which an interruption may have left.
 */
async function isOpen(services: Services, workflowId: string, runId: string): Promise<boolean> {
  const run = runCodec.readMaybe(await services.table.get(keys.run(runId)));
  if (run && !run.settled) return true;
  await vacate(services, { id: runId, workflowId });
  return false;
}

async function startPostproc(
  services: Services,
  workflowId: string,
  version: WorkflowVersion,
  leaderboard: LeaderboardState,
  { phase, ranking, set, isLast }: Pending & { readonly isLast: boolean },
): Promise<void> {
  const { table, messages } = services;
  const run = {
    id: newId(),
    workflowId,
    version: version.id,
    machineArn: stateMachineOf(version, true),
  };
  await reserveRun(services, run);
  const document = await prepare(services, workflowId, version, ranking, run.id);
  // The deletion of that run marked the leaderboard: another worker processes the remaining runs.
  if (!document) return withdrawRun(services, run);
  const failed = 'failure' in document;
  const { trigger, postprocLast, postprocOf } = leaderboard;
  const free = all(
    {
      expression: 'attribute_not_exists(#postprocActive) AND #processed < :trigger',
      values: { trigger },
    },
    ofVersion(version.number),
    ...(phase === undefined ? [] : [unchangedSince(postprocLast)]),
  );
  const shown =
    phase === undefined
      ? { postprocRunId: run.id, postprocSet: set }
      : { postprocOf: { ...postprocOf, [phase]: { runId: run.id, set } }, postprocLast: run.id };
  const pointer = table.write.update(
    keys.leaderboard(workflowId),
    {
      set: {
        ...shown,
        // Phases that are left to process keep the leaderboard pending.
        ...(isLast ? { processed: trigger } : {}),
        ...(failed ? {} : { postprocActive: run.id }),
      },
    },
    free,
  );
  // If another worker was faster, the run that it started, or its next comparison, covers this change too.
  const created = await conditionally(
    createRun(services, {
      ...run,
      phase,
      reserved: true,
      arguments: failed ? [] : [{ name: 'runs', value: version.template.postproc?.inputs.runs ?? null }],
      document,
      ranked: ranking.map(({ runId }) => runId),
      writes: [pointer],
    }),
  );
  // A run that could not be planned has ended, so its end does not call for the next phase.
  if (created && failed && !isLast) await messages.leaderboardDirty(workflowId);
}

/** The condition that no post-processing of another phase was stored since the state was read. */
const unchangedSince = (postprocLast: string | undefined): Condition =>
  postprocLast === undefined
    ? { expression: 'attribute_not_exists(#postprocLast)' }
    : { expression: '#postprocLast = :postprocLast', values: { postprocLast } };

/** Prepares the run. Problems of the preparation become its ERROR messages. Undefined when a ranked run is gone. */
async function prepare(
  services: Services,
  workflowId: string,
  version: WorkflowVersion,
  ranking: readonly LeaderboardEntry[],
  runId: string,
): Promise<RunDocument | Unprepared | undefined> {
  // Loaded on use: planning would be a tenth of the function's start, and most calls only rank.
  const { planPostproc, RankedRunGone } = await import('./postproc-inputs.ts');
  try {
    return await planPostproc(services, workflowId, version, ranking, runId);
  } catch (error) {
    if (error instanceof RankedRunGone) return undefined;
    // Any other error is a fault of the platform, which the next attempt may not meet.
    if (!(error instanceof FlowservError)) throw error;
    return { failure: error.message };
  }
}

async function markProcessed(
  { table }: Services,
  workflowId: string,
  leaderboard: LeaderboardState,
  ranking: readonly LeaderboardEntry[],
): Promise<void> {
  const older: Condition = { expression: '#processed < :trigger', values: { trigger: leaderboard.trigger } };
  const { trigger, version, postprocLast } = leaderboard;
  const { set, remove } = withoutRuns(leaderboard, ranking);
  const change = { set: { processed: trigger, ...set }, remove };
  const same = all(older, ofVersion(version), unchangedSince(postprocLast));
  await conditionally(table.update(keys.leaderboard(workflowId), change, same));
}

/**
 * Ends the post-processing that users see of a ranking without runs: those that it processed were disqualified, withdrawn
 * or deleted since.
 */
function withoutRuns(
  { postprocOf = {} }: LeaderboardState,
  ranking: readonly LeaderboardEntry[],
): Required<Pick<Change, 'set' | 'remove'>> {
  const phases = new Set(ranking.map(({ phase }) => phase));
  const kept = Object.entries(postprocOf).filter(([phase]) => phases.has(phase));
  const isSame = kept.length === Object.keys(postprocOf).length;
  return {
    set: isSame ? {} : { postprocOf: Object.fromEntries(kept), postprocLast: newId() },
    remove: ranking.length === 0 ? ['postprocRunId', 'postprocSet'] : [],
  };
}

/** Digest of the set of runs; post-processing does not depend on their order. */
function digestOfSet(runIds: readonly string[]): string {
  return createHash('sha256')
    .update([...runIds].sort().join('\n'))
    .digest('hex');
}
