import * as z from 'zod';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { dueAttributes, dueNames, minutesLater } from '../store/due.ts';
import type { Condition } from '../store/expressions.ts';
import type { Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';

const leaderboardSchema = z.object({
  /** Counts the changes that matter to the ranking. */
  dirty: z.number(),
  /** Value of `dirty` that the snapshot was built from; they are equal when it is up to date. */
  built: z.number(),
  /** The snapshot before, which readers may still be about to read. */
  previous: z.number().optional(),
  builtAt: z.string().optional(),
  /** Milliseconds that the last build took. */
  buildMs: z.number().optional(),
  /** Number of result items. */
  results: z.number(),
  /** Counts the changes that may call for post-processing, and how far they have been looked at. */
  trigger: z.number(),
  processed: z.number(),
  /** Digest of the set of runs that was post-processed last. */
  postprocSet: z.string().optional(),
  /** The post-processing run that users see. */
  postprocRunId: z.string().optional(),
  /** The post-processing run that has not been settled; at most one at a time. */
  postprocActive: z.string().optional(),
  /** When the leaderboard function will look again, where it was too early for another snapshot. */
  wakeAt: z.string().optional(),
  /** Set while something is left to do. */
  dueAt: z.string().optional(),
});

/** The state of a workflow's leaderboard. */
export type LeaderboardState = z.infer<typeof leaderboardSchema>;
export const leaderboardCodec = itemCodec(1, leaderboardSchema);

export const emptyLeaderboard: LeaderboardState = {
  dirty: 0,
  built: 0,
  results: 0,
  trigger: 0,
  processed: 0,
};

/** A leaderboard that is not up to date by then is brought to the leaderboard function's notice again by the sweep. */
const CHECK_MINUTES = 2;

/** Puts a leaderboard on the due index. */
export const leaderboardDue = ({ now }: Pick<Services, 'now'>, workflowId: string) =>
  dueAttributes(workflowId, minutesLater(now(), CHECK_MINUTES));

/** The write that says: the ranking has changed. Part of the transaction that changes it. */
export function markDirty(
  services: Pick<Services, 'table' | 'now'>,
  workflowId: string,
  change: { readonly results: number; readonly trigger: number },
): Write {
  const set = leaderboardDue(services, workflowId);
  return services.table.write.update(keys.leaderboard(workflowId), { set, add: { dirty: 1, ...change } });
}

/** Takes a leaderboard off the due index when nothing is left to do for it. */
export async function restLeaderboard({ table }: Services, workflowId: string): Promise<void> {
  const upToDate: Condition = { expression: '#dirty = #built AND #trigger = #processed' };
  await conditionally(table.update(keys.leaderboard(workflowId), { remove: dueNames }, upToDate));
}

export async function readLeaderboardState(
  { table }: Services,
  workflowId: string,
): Promise<LeaderboardState> {
  return leaderboardCodec.readMaybe(await table.get(keys.leaderboard(workflowId))) ?? emptyLeaderboard;
}
