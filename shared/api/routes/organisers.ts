import { memberBody } from '../bodies.ts';
import {
  auditListing,
  member,
  memberListing,
  registrationListing,
  runOutput,
  workflowRunListing,
} from '../organiser-answers.ts';
import { exportedPageQuery, pageQuery, positionQuery, workflowRunListQuery } from '../queries.ts';
import { json, nothing, ok, route } from './route.ts';

/** What the owners, organisers and viewers of a workflow read and change. */
export const organiserRoutes = [
  route('members:list', ['GET'], 'workflows/{workflowId}/members', {
    summary: 'The owners, organisers and viewers of a workflow',
    action: 'members:read',
    function: 'api',
    query: pageQuery,
    response: ok(memberListing),
  }),
  route('members:add', ['POST'], 'workflows/{workflowId}/members', {
    summary: 'Give a user a role in a workflow, in place of the one before',
    action: 'members:write',
    function: 'api',
    body: json(memberBody),
    response: ok(member),
  }),
  route('members:remove', ['DELETE'], 'workflows/{workflowId}/members/{userId}', {
    summary: "Take a user's role in a workflow away, or one's own",
    action: 'members:leave',
    function: 'api',
    response: nothing,
  }),
  route('workflows:audit', ['GET'], 'workflows/{workflowId}/audit', {
    summary: 'Who did what with the rights of a role or of the operator, the newest entry first',
    action: 'audit:read',
    function: 'api',
    query: pageQuery,
    response: ok(auditListing),
  }),
  route('workflows:runs', ['GET'], 'workflows/{workflowId}/runs?state={state}', {
    summary: 'The runs of all groups of a workflow, the newest one first, or in another order',
    action: 'workflow:list',
    function: 'api',
    query: workflowRunListQuery,
    response: ok(workflowRunListing),
    csv: true,
  }),
  route('workflows:registrations', ['GET'], 'workflows/{workflowId}/registrations', {
    summary: 'The users in the groups of a workflow, with what is known of them there',
    action: 'workflow:list',
    function: 'api',
    query: exportedPageQuery,
    response: ok(registrationListing),
    csv: true,
  }),
  route('runs:output', ['GET'], 'runs/{runId}/output', {
    summary: 'Everything that the steps of a run wrote, private output included',
    action: 'run:output',
    function: 'runs',
    query: positionQuery,
    response: ok(runOutput),
  }),
] as const;
