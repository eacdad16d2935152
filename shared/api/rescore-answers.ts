import * as z from 'zod';
import { rescoreScopes } from '../rescoring/scopes.ts';
import { nextCursor, user } from './answers.ts';

/** Responses of the routes that score runs again. */

const text = z.string();
export const rescore = z
  .object({
    id: text,
    createdAt: text,
    /** Who requested it. */
    user,
    scope: z.enum(rescoreScopes),
    /** `listing` while the list of runs is made; then `running`; at the end `done` or `canceled`. */
    state: z.enum(['listing', 'running', 'done', 'canceled']),
    /** Runs of the list so far. */
    total: z.number(),
    /** Those that wait or are executed at the moment. */
    active: z.number(),
    /** Those whose place on the leaderboard another run took. */
    done: z.number(),
    /** Those that keep their result because they could not be scored again. */
    failed: z.number(),
    finishedAt: text.optional(),
  })
  .meta({ id: 'Rescore' });
export const rescoreListing = z
  .object({ rescores: z.array(rescore), nextCursor })
  .meta({ id: 'RescoreListing' });
export const rescoredRunListing = rescore
  .extend({
    runs: z.array(
      z.object({
        id: text,
        groupId: text,
        state: z.enum(['waiting', 'running', 'done', 'failed', 'canceled']),
        /** The run that scores it again. */
        rescoredBy: text.optional(),
        /** Why it failed. */
        reason: text.optional(),
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'RescoreWithRuns' });
export type Rescore = z.infer<typeof rescore>;
