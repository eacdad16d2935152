import type { OwnInvitation } from '../groups/own-invitations.ts';
import type { Participant } from '../participants/approval.ts';
import { groupEntryView, userView } from './views.ts';

/** JSON about taking part in a benchmark, as clients get it. */

export const ownInvitationView = ({ group, by, at }: OwnInvitation) => ({
  group: groupEntryView(group),
  invitedBy: userView(by),
  invitedAt: at,
});

export const participantView = (
  { id, state, requestedAt, decidedAt, reason }: Participant,
  name: string,
) => ({
  ...userView({ id, name }),
  state,
  requestedAt,
  ...(decidedAt === undefined ? {} : { decidedAt }),
  ...(reason === undefined ? {} : { reason }),
});
