import * as z from 'zod';
import { BUDGET_RULES } from '../template/budget.ts';
import { nextCursor, usage } from './answers.ts';

/** Responses of the routes for what runs use and cost. */

const text = z.string();

/** What ended runs used in a month. */
export const usageListing = z
  .object({
    usage: z.array(
      usage.extend({
        /** In UTC, as in 2026-12. */
        month: text,
        /** Only in the list of a month; without a name if the group was purged. */
        group: z.object({ id: text, name: text.optional() }).optional(),
        runs: z.number(),
        /** Bytes of the uploads that the group keeps now. */
        uploadBytes: z.number().optional(),
      }),
    ),
    /** The budget of this month, if the benchmark has one. */
    budget: z
      .object({
        month: text,
        /** US dollars that the ended runs of a month may cost. */
        usd: z.number(),
        usedUsd: z.number(),
        whenReached: z.enum(BUDGET_RULES),
        /** Whether new runs wait, or are refused. */
        isReached: z.boolean(),
      })
      .optional(),
    nextCursor,
  })
  .meta({ id: 'UsageListing' });
/** What a run would cost at most, if each step took all of its time. */
export const runEstimate = z
  .object({
    /** The steps that would be executed, in their order. */
    steps: z.array(
      z.object({
        name: text,
        /** Number of vCPUs. */
        cpu: z.number(),
        /** Its time limit in seconds. */
        timeout: z.number(),
        usd: z.number(),
      }),
    ),
    /** In US dollars, of all steps. */
    usd: z.number(),
    /** The list prices by which it was calculated. */
    prices: z.object({ date: text, region: text }),
  })
  .meta({ id: 'RunEstimate' });
export type RunEstimate = z.infer<typeof runEstimate>;
export type UsageListing = z.infer<typeof usageListing>;
