import * as z from 'zod';
import { visibilities } from '../workflows/visibility.ts';

/** What was decided about the ranking of a run or a group, as a client reads it. */

const text = z.string();

export const disqualification = z
  .object({
    since: text,
    visibility: z.enum(visibilities),
    /** Absent if it is private, unless an organiser reads it. */
    reason: text.optional(),
  })
  .meta({ id: 'Disqualification' });

/** Of runs in lists and handles; each is absent unless it applies. */
export const moderation = {
  disqualified: disqualification.optional(),
  /** By the group. */
  withdrawn: z.object({ since: text }).optional(),
  /** Shown on the leaderboard without a rank. */
  baseline: z.object({ since: text, label: text.optional() }).optional(),
};

export const runModeration = z.object(moderation).meta({ id: 'RunModeration' });
export const groupModeration = z
  .object({ disqualified: disqualification.optional() })
  .meta({ id: 'GroupModeration' });

/** The decisions about the groups and runs of a workflow. */
export const moderationListing = z
  .object({
    entries: z.array(
      z.object({
        group: z.object({ id: text }),
        /** Absent if the entry is about the group. */
        run: z.object({ id: text }).optional(),
        ...moderation,
      }),
    ),
    nextCursor: text.optional(),
  })
  .meta({ id: 'ModerationListing' });

export const pause = z.object({ since: text, reason: text }).meta({ id: 'Pause' });
export const pausedWorkflow = z.object({ paused: pause }).meta({ id: 'PausedWorkflow' });

export const announcement = z
  .object({
    id: text,
    createdAt: text,
    /** Plain text or Markdown. */
    text,
  })
  .meta({ id: 'Announcement' });
export const announcementListing = z
  .object({ announcements: z.array(announcement) })
  .meta({ id: 'AnnouncementListing' });
