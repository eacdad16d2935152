import * as z from 'zod';
import { roles } from '../roles/names.ts';
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
  })
  .meta({ id: 'AccountExport' });

export const invitationListing = z
  .object({
    invitations: z.array(z.object({ group: groupEntry, invitedBy: user, invitedAt: text })),
    nextCursor,
  })
  .meta({ id: 'InvitationListing' });
