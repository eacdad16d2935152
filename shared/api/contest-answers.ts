import * as z from 'zod';
import { LIMITS, RUN_READERS } from '../template/contest.ts';
import { LEADERBOARD_READERS } from '../template/phases.ts';

/** Responses about the rules of a contest, as a client reads them. */

const text = z.string();

/** A phase, with its state at the time of the response. */
const phaseEntry = z.object({
  id: text,
  name: text,
  /** In UTC; absent if it is open from the beginning. */
  opens: text.optional(),
  /** The first moment at which it is closed, in UTC; absent if it does not close. */
  closes: text.optional(),
  state: z.enum(['upcoming', 'open', 'closed']),
});
export const phase = phaseEntry
  .extend({
    /** Limits of a group's runs in the phase. */
    limits: z.object({
      runsPerDay: z.number().optional(),
      runs: z.number().optional(),
      runsAtOnce: z.number().optional(),
    }),
    /** Id of an earlier phase in which a group needs a successful run. */
    requires: text.optional(),
    /** Who may see its leaderboard at the time of the response; only organisers see one that is blind. */
    leaderboard: z.enum(LEADERBOARD_READERS).optional(),
  })
  .meta({ id: 'Phase' });

/** Who may see what of a contest at the time of the response; phases may have other readers of their leaderboard. */
export const visibility = z
  .object({
    leaderboard: z.enum(LEADERBOARD_READERS),
    logs: z.enum(RUN_READERS),
    outputs: z.enum(RUN_READERS),
    /** When all of it becomes visible, in UTC. */
    until: text.optional(),
  })
  .meta({ id: 'Visibility' });

/** Of runs in lists and handles. */
export const runInContest = {
  /** Id of the phase of the contest that the run belongs to. */
  phase: text.optional(),
  /** What the rules of the contest hide of the run from the caller. */
  hidden: z.array(z.enum(['results', 'logs', 'outputs'])).optional(),
};

export const groupLimits = z
  .object({
    /** The open phase, or the one that closed last, in a contest with phases. */
    phase: phaseEntry.optional(),
    /** The limits of the benchmark; none if it has no contest. */
    limits: z.array(
      z.object({
        name: z.enum(LIMITS),
        /** Id of the phase whose limit it is; absent for one of the whole contest. */
        phase: text.optional(),
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
