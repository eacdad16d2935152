/** The rules of a contest as data: `read-contest.ts` reads them from the manifest. */
import * as z from 'zod';
import { budgetSchema } from './budget.ts';
import { LEADERBOARD_READERS, phaseSchema } from './phases.ts';

/** Names of the limits, in the order in which they are shown. */
export const LIMITS = [
  'runsPerDay',
  'runs',
  'runsAtOnce',
  'maxGroupMembers',
  'groupsPerUser',
  'uploadBytes',
] as const;
export type LimitName = (typeof LIMITS)[number];
const limitsSchema = z.object({
  /** Runs that a group starts in a day in UTC. */
  runsPerDay: z.number().optional(),
  /** Runs of a group in all. */
  runs: z.number().optional(),
  /** Runs of a group that wait or run. */
  runsAtOnce: z.number().optional(),
  maxGroupMembers: z.number().optional(),
  /** Groups of the workflow that a user is a member of. */
  groupsPerUser: z.number().optional(),
  /** Bytes of a group's uploads together. */
  uploadBytes: z.number().optional(),
});
/** Limits of a contest; an absent one does not apply. */
export type ContestLimits = Readonly<z.infer<typeof limitsSchema>>;

/** Which of a group's results the default leaderboard shows: one, which `rank` in `shared/ranking/order.ts` selects. */
export const ENTRIES = ['best', 'latest', 'chosen'] as const;
export type EntryRule = (typeof ENTRIES)[number];

const rankingSchema = z.object({
  entry: z.enum(ENTRIES),
  /** Maximum number of runs that a group chooses; only for the entry `chosen`. */
  chosen: z.number().optional(),
  /** Decimals that clients show, by column. They do not change the order. */
  decimals: z.record(z.string(), z.number()),
  /** `shared`: equal results have the same rank. */
  ties: z.enum(['shared']).optional(),
});
export type RankingRules = Readonly<z.infer<typeof rankingSchema>>;

/** Who may see logs or outputs of a run: its group, or only users with a role in the workflow. */
export const RUN_READERS = ['own', 'organisers'] as const;
const visibilitySchema = z.object({
  logs: z.enum(RUN_READERS).optional(),
  outputs: z.enum(RUN_READERS).optional(),
  leaderboard: z.enum(LEADERBOARD_READERS).optional(),
  /** In UTC: from then on, nothing is hidden. */
  until: z.string().optional(),
});
export type VisibilityRules = Readonly<z.infer<typeof visibilitySchema>>;

/** The rules as they are stored in a version of the workflow. */
export const contestSchema = z.object({
  limits: limitsSchema,
  /** Absent for a contest without end. */
  phases: z.array(phaseSchema).optional(),
  /** Absent if the manifest does not set it: the best result of each group, as without a contest. */
  ranking: rankingSchema.optional(),
  /** What participants may see; `visibility.ts` decides by it. */
  visibility: visibilitySchema.optional(),
  /** What the runs of a month may cost. It is in force as the item of the workflow has it (`shared/workflows/budget.ts`). */
  budget: budgetSchema.optional(),
});
export type Contest = Readonly<z.infer<typeof contestSchema>>;
