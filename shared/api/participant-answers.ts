import * as z from 'zod';
import { groupEntry, nextCursor, user } from './answers.ts';

/** Responses about taking part in a benchmark, as a client reads them. */

const text = z.string();

export const invitationListing = z
  .object({
    invitations: z.array(z.object({ group: groupEntry, invitedBy: user, invitedAt: text })),
    nextCursor,
  })
  .meta({ id: 'InvitationListing' });
