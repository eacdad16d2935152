import * as z from 'zod';
import { eventTypes } from '../notifications/events.ts';
import { participantStates } from '../participants/states.ts';
import { roles } from '../roles/names.ts';
import { INVITATIONS } from '../template/participation.ts';
import { groupEntry, nextCursor, user } from './answers.ts';

/** Responses about taking part in a benchmark, as a client reads them. */

const text = z.string();

/** An account and what belongs to it, with at most 1,000 entries in each list. */
export const accountExport = z
  .object({
    user: user.extend({ createdAt: text }),
    groups: z.array(groupEntry),
    invitations: z.array(z.object({ group: groupEntry, invitedBy: user, invitedAt: text })),
    /** Roles in workflows. */
    roles: z.array(z.object({ workflow: text, role: z.enum(roles), since: text })),
    /** The events of workflows about which the user gets mail. */
    mail: z.array(z.object({ workflow: text, events: z.array(z.enum(eventTypes)) })),
  })
  .meta({ id: 'AccountExport' });

export const invitationListing = z
  .object({
    invitations: z.array(z.object({ group: groupEntry, invitedBy: user, invitedAt: text })),
    nextCursor,
  })
  .meta({ id: 'InvitationListing' });

export const benchmarkRules = z
  .object({
    /** Markdown. */
    text,
    version: text,
    /** When the caller accepted this version; absent if not yet, and without a session. */
    acceptedAt: text.optional(),
  })
  .meta({ id: 'BenchmarkRules' });
export const acceptedRules = z.object({ version: text, acceptedAt: text }).meta({ id: 'AcceptedRules' });
export const acceptanceListing = z
  .object({ accepted: z.array(user.extend({ version: text, acceptedAt: text })), nextCursor })
  .meta({ id: 'AcceptanceListing' });

export const participation = z
  .object({
    invitations: z.enum(INVITATIONS),
    approval: z.object({
      required: z.boolean(),
      /** If it is required: `none` until the user asks. */
      state: z.enum([...participantStates, 'none']).optional(),
      /** Why an organiser decided so. */
      reason: text.optional(),
    }),
    /** The rules to accept, if there are some. */
    rules: z.object({ version: text, acceptedAt: text.optional() }).optional(),
  })
  .meta({ id: 'Participation' });

export const participant = user
  .extend({
    state: z.enum(participantStates),
    requestedAt: text,
    decidedAt: text.optional(),
    reason: text.optional(),
  })
  .meta({ id: 'Participant' });
export const participantListing = z
  .object({ participants: z.array(participant), nextCursor })
  .meta({ id: 'ParticipantListing' });

export const publicFileListing = z
  .object({
    files: z.array(
      z.object({
        id: text,
        /** Path in the run directory. */
        path: text,
        size: z.number(),
        sha256: text,
      }),
    ),
    /** Number of the version of the workflow. */
    version: z.number(),
  })
  .meta({ id: 'PublicFileListing' });
