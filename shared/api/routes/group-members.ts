import { group, user } from '../answers.ts';
import { handOverBody, inviteBody } from '../bodies.ts';
import { invitationListing } from '../participant-answers.ts';
import { pageQuery } from '../queries.ts';
import { json, nothing, ok, route } from './route.ts';

/** Who is a member of a group: leaving, removing, and invitations. */
export const groupMemberRoutes = [
  route('groups:members:remove', ['DELETE'], 'groups/{userGroupId}/members/{userId}', {
    summary: 'Leave a group, or remove another member; the last member cannot leave',
    action: 'group:members',
    function: 'api',
    response: nothing,
  }),
  route('groups:owner', ['GET'], 'groups/{userGroupId}/owner', {
    summary: 'The member who owns a group',
    action: 'group:list',
    function: 'api',
    response: ok(user),
  }),
  route('groups:hand-over', ['PUT'], 'groups/{userGroupId}/owner', {
    summary: 'Make another member the owner of a group',
    action: 'group:hand-over',
    function: 'api',
    body: json(handOverBody),
    response: ok(user),
  }),
  route('invitations:create', ['POST'], 'groups/{userGroupId}/invitations', {
    summary: 'Invite a user to a group',
    action: 'group:members',
    function: 'api',
    body: json(inviteBody),
    response: ok(group),
  }),
  route('invitations:list', ['GET'], 'invitations', {
    summary: "The caller's open invitations to groups",
    action: 'groups:list',
    function: 'api',
    query: pageQuery,
    response: ok(invitationListing),
  }),
  route('invitations:accept', ['POST'], 'groups/{userGroupId}/invitations/accept', {
    summary: 'Accept an invitation: the caller becomes a member of the group',
    action: 'invitation:answer',
    function: 'api',
    response: ok(group),
  }),
  route('invitations:remove', ['DELETE'], 'groups/{userGroupId}/invitations/{userId}', {
    summary: "Decline one's own invitation, or withdraw that of another user as a member",
    action: 'invitation:answer',
    function: 'api',
    response: nothing,
  }),
] as const;
