import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';

/** By phase: the post-processing run that users see, and the digest of the set of runs that it processed. */
export const postprocOfPhases = z
  .record(z.string(), z.object({ runId: z.string(), set: z.string() }))
  .optional();
export type PostprocOfPhases = z.infer<typeof postprocOfPhases>;

const leaderboardSchema = z.object({
  /** Number of the workflow's version by whose rules it is ranked. */
  version: z.number().default(1),
  /** The first version of the leaderboard that this is the state of; `versions.ts` has the earlier leaderboards. */
  rankedSince: z.number().default(1),
  /** Counts the changes that affect the ranking. */
  dirty: z.number(),
  /** Value of `dirty` when the snapshot was built; both are equal if it is up to date. */
  built: z.number(),
  /** Snapshots by the rules of earlier versions, which the next one replaces. */
  replaced: z.array(z.object({ version: z.number(), snapshot: z.number() })).optional(),
  /** The previous snapshot, which may still have readers. */
  previous: z.number().optional(),
  builtAt: z.string().optional(),
  /** Duration of the last build in milliseconds. */
  buildMs: z.number().optional(),
  /** Number of result items, of earlier leaderboards as well. */
  results: z.number(),
  /** Counts the changes that may require post-processing; `processed` is the last one that was checked. */
  trigger: z.number(),
  processed: z.number(),
  /** Digest of the set of runs that was last post-processed. */
  postprocSet: z.string().optional(),
  /** The post-processing run that users see. */
  postprocRunId: z.string().optional(),
  /** The same of each phase of a contest that was post-processed, by its id. */
  postprocOf: postprocOfPhases,
  /** The last post-processing run of a phase. It identifies a state of `postprocOf`. */
  postprocLast: z.string().optional(),
  /** The post-processing run that is not settled yet; at most one at a time. */
  postprocActive: z.string().optional(),
  /** When the leaderboard function runs again, if it was too early for another snapshot. */
  wakeAt: z.string().optional(),
  /** True once a run was marked as a baseline. */
  hasBaselines: z.boolean().optional(),
  /** Set while work is left to do, and until no earlier snapshot can be left behind. */
  dueAt: z.string().optional(),
});

/** The state of a workflow's leaderboard. */
export type LeaderboardState = z.infer<typeof leaderboardSchema>;
export const leaderboardCodec = itemCodec(1, leaderboardSchema);

export const emptyLeaderboard: LeaderboardState = {
  version: 1,
  rankedSince: 1,
  dirty: 0,
  built: 0,
  results: 0,
  trigger: 0,
  processed: 0,
};

/** If a leaderboard is not up to date after this time, the sweep calls the leaderboard function again. */
const CHECK_MINUTES = 2;

/**
 * The condition that a leaderboard is still ranked by the rules of a version: what was made by those of an earlier one is
 * not stored.
 */
export const ofVersion = (number: number): Condition =>
  number === 1
    ? { expression: 'attribute_not_exists(#version) OR #version = :version', values: { version: number } }
    : { expression: '#version = :version', values: { version: number } };

/** Puts a leaderboard on the due index. */
export const leaderboardDue = ({ now }: Pick<Services, 'now'>, workflowId: string) =>
  dueAttributes(workflowId, minutesLater(now(), CHECK_MINUTES));

/** Returns the write that marks the ranking as changed. It is part of the transaction that changes the ranking. */
export function markDirty(
  services: Pick<Services, 'table' | 'now'>,
  workflowId: string,
  { hasBaselines, ...change }: LeaderboardChange,
): Write {
  const set = { ...leaderboardDue(services, workflowId), hasBaselines };
  return services.table.write.update(keys.leaderboard(workflowId), { set, add: { dirty: 1, ...change } });
}

/**
 * The post-processing run that users see of a leaderboard.
 *
 * @param phase id of the phase of a contest; undefined without phases
 */
export function postprocRunOf(
  { postprocRunId, postprocOf = {} }: Pick<LeaderboardState, 'postprocRunId' | 'postprocOf'>,
  phase: string | undefined,
): string | undefined {
  if (phase === undefined) return postprocRunId;
  return Object.hasOwn(postprocOf, phase) ? postprocOf[phase]?.runId : undefined;
}

interface LeaderboardChange {
  readonly results: number;
  readonly trigger: number;
  /** True if the change marks a run as a baseline. */
  readonly hasBaselines?: true | undefined;
}

/** After this time, no function that read a leaderboard is still building a snapshot of it: its time limit is shorter. */
const BUILDERS_MINUTES = 6;

export const isUpToDate = ({ dirty, built, trigger, processed }: LeaderboardState): boolean =>
  dirty === built && trigger === processed;

/** Whether a function that read the leaderboard before its last snapshot may still write an earlier one. */
export const mayHaveBuilders = ({ now }: Pick<Services, 'now'>, { builtAt }: LeaderboardState): boolean =>
  builtAt !== undefined && builtAt > minutesLater(now(), -BUILDERS_MINUTES).toISOString();

/** Removes a leaderboard from the due index, unless it changed since it was read. */
export async function restLeaderboard(
  { table }: Services,
  workflowId: string,
  { dirty, trigger }: LeaderboardState,
): Promise<void> {
  const unchanged: Condition = {
    expression: '#dirty = :dirty AND #trigger = :trigger',
    values: { dirty, trigger },
  };
  await conditionally(table.update(keys.leaderboard(workflowId), { remove: dueNames }, unchanged));
}

export async function readLeaderboardState(
  { table }: Services,
  workflowId: string,
): Promise<LeaderboardState> {
  return leaderboardCodec.readMaybe(await table.get(keys.leaderboard(workflowId))) ?? emptyLeaderboard;
}
