import type { AddCommand } from '../options.ts';
import { addChooseRuns } from './choose.ts';
import { addCreateGroup } from './create.ts';
import { addDeleteGroup } from './delete.ts';
import { addDisqualifyGroup } from './disqualify.ts';
import { addAcceptInvitation, addDeclineInvitation, addListInvitations } from './invitations.ts';
import { addShowLimits } from './limits.ts';
import { addListGroups } from './list.ts';
import {
  addHandOverGroup,
  addInviteUser,
  addLeaveGroup,
  addRemoveGroupMember,
  addWithdrawInvitation,
} from './members.ts';
import { addReadmitGroup } from './readmit.ts';
import { addRestoreGroup } from './restore.ts';
import { addShowGroup } from './show.ts';
import { addUpdateGroup } from './update.ts';

/** The commands of groups of participants, in the order of the help. */
export const groupCommands: readonly AddCommand[] = [
  addChooseRuns,
  addCreateGroup,
  addDeleteGroup,
  addRestoreGroup,
  addListGroups,
  addShowGroup,
  addShowLimits,
  addUpdateGroup,
  addInviteUser,
  addListInvitations,
  addAcceptInvitation,
  addDeclineInvitation,
  addWithdrawInvitation,
  addRemoveGroupMember,
  addHandOverGroup,
  addLeaveGroup,
  addDisqualifyGroup,
  addReadmitGroup,
];
