import * as z from 'zod';
import { LIMITS } from '../template/contest.ts';

/** Responses about the rules of a contest, as a client reads them. */

const text = z.string();

export const groupLimits = z
  .object({
    /** The limits of the benchmark; none if it has no contest. */
    limits: z.array(
      z.object({
        name: z.enum(LIMITS),
        limit: z.number(),
        used: z.number(),
        left: z.number(),
        /** When `left` is the whole limit again, in UTC. */
        renewsAt: text.optional(),
      }),
    ),
    nextRun: z.object({
      possible: z.boolean(),
      /** If not now: when it is possible, in UTC; absent if that depends on other runs, or never happens. */
      at: text.optional(),
      reason: text.optional(),
    }),
  })
  .meta({ id: 'GroupLimits' });

export const chosenRuns = z
  .object({
    /** Ids of the chosen runs that are ranked. */
    runs: z.array(text),
    /** Maximum number of runs that the group may choose. */
    most: z.number(),
    /** True while none is chosen, so that the best of all runs is on the leaderboard. */
    automatic: z.boolean(),
  })
  .meta({ id: 'ChosenRuns' });

export type GroupLimits = z.infer<typeof groupLimits>;
export type ChosenRuns = z.infer<typeof chosenRuns>;
