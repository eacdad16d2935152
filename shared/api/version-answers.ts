import * as z from 'zod';
import { INSTALLATION_STATES } from '../installations/states.ts';
import { user } from './answers.ts';

/** Responses of the routes for the versions of a workflow. */

const text = z.string();
const texts = z.array(text);

const version = z.object({
  number: z.number(),
  id: text,
  createdAt: text,
  /** Its leaderboard, by the number of the first version that ranks on it. */
  rankedSince: z.number(),
  isCurrent: z.boolean(),
  /** Who installed it; only for owners, organisers and viewers, and absent if the operator did. */
  user: user.optional(),
  /** Sentences about what differs from the version before. */
  changes: texts,
});

export const versionListing = z
  .object({ versions: z.array(version), nextCursor: text.optional() })
  .meta({ id: 'VersionListing' });

/** A version, or the request to install it. Most elements are for organisers only. */
export const versionState = version
  .partial()
  .extend({
    number: z.number(),
    state: z.enum(INSTALLATION_STATES),
    /** SHA-256 of the zip. */
    sha256: text.optional(),
    dryRun: z.boolean().optional(),
    requestedAt: text.optional(),
    finishedAt: text.optional(),
    /** Why the source cannot be installed. */
    problems: texts.optional(),
    warnings: z.array(z.object({ code: text, message: text })).optional(),
    /** Sentences about files that differ, whose names may be private. */
    files: texts.optional(),
    /** Parameters that groups added and that the version uses itself. */
    groups: z.array(z.object({ group: text, parameter: text })).optional(),
    /** Whether another leaderboard begins, as the result schema differs. */
    isNewLeaderboard: z.boolean().optional(),
    /** Phases whose hidden results the version may show, which the request has to confirm. */
    confirm: texts.optional(),
  })
  .meta({ id: 'VersionState' });
export type VersionState = z.infer<typeof versionState>;

export const uploadedSource = z
  .object({
    id: text,
    /** Bytes. */
    size: z.number(),
    sha256: text,
  })
  .meta({ id: 'UploadedSource' });
