import { group, groupListing, runListing } from '../answers.ts';
import { createGroupBody, updateGroupBody } from '../bodies.ts';
import { deletionQuery, pageQuery, runListQuery } from '../queries.ts';
import { created, json, nothing, ok, optionalJson, route } from './route.ts';

/** Groups of participants. */
export const groupRoutes = [
  route('groups:create', ['POST'], 'workflows/{workflowId}/groups', {
    summary: 'Create a group; the caller is a member of it',
    action: 'groups:create',
    function: 'api',
    body: json(createGroupBody, 'parameters'),
    response: created(group),
    idempotent: true,
  }),
  route('groups:list', ['GET'], 'groups', {
    summary: "The caller's groups over all workflows",
    action: 'groups:list',
    function: 'api',
    query: pageQuery,
    response: ok(groupListing),
  }),
  route('groups:get', ['GET'], 'groups/{userGroupId}', {
    summary: 'A group with its members, parameters, uploads and runs',
    action: 'group:read',
    function: 'api',
    response: ok(group),
    conditional: true,
  }),
  // flowServ's server accepts PUT, its Python client sends POST.
  route('groups:update', ['PUT', 'POST'], 'groups/{userGroupId}', {
    summary: 'Change the name or replace the members of a group',
    action: 'group:write',
    function: 'api',
    body: optionalJson(updateGroupBody),
    response: ok(group),
  }),
  route('groups:delete', ['DELETE'], 'groups/{userGroupId}', {
    summary: 'Delete a group with its uploads, its runs and their files',
    action: 'group:write',
    function: 'api',
    query: deletionQuery,
    response: nothing,
  }),
  route('groups:runs', ['GET'], 'groups/{userGroupId}/runs?state={state}', {
    summary: 'The runs of a group in the order of their creation',
    action: 'group:list',
    function: 'runs',
    query: runListQuery,
    response: ok(runListing),
    conditional: true,
  }),
] as const;
