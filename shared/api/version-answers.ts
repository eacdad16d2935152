import * as z from 'zod';
import { user } from './answers.ts';

/** Responses of the route for the versions of a workflow. */

const text = z.string();

export const versionListing = z
  .object({
    versions: z.array(
      z.object({
        number: z.number(),
        id: text,
        createdAt: text,
        /** Its leaderboard, by the number of the first version that ranks on it. */
        rankedSince: z.number(),
        isCurrent: z.boolean(),
        /** Who installed it; only for owners, organisers and viewers, and absent if the operator did. */
        user: user.optional(),
        /** Sentences about what differs from the version before. */
        changes: z.array(text),
      }),
    ),
    nextCursor: text.optional(),
  })
  .meta({ id: 'VersionListing' });
