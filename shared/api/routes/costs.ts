import { startRunBody } from '../bodies.ts';
import { runEstimate, usageListing } from '../cost-answers.ts';
import { usageQuery } from '../queries.ts';
import { ok, optionalJson, route } from './route.ts';

/** What runs of a workflow use and cost. */
export const costRoutes = [
  route('workflows:usage', ['GET'], 'workflows/{workflowId}/usage', {
    summary: 'What the ended runs of a workflow used and cost, by month, or by group in one month',
    action: 'usage:read',
    function: 'api',
    query: usageQuery,
    response: ok(usageListing),
  }),
  route('runs:estimate', ['POST'], 'groups/{userGroupId}/estimate', {
    summary: 'What a run with these arguments would cost at most; starts nothing',
    action: 'group:write',
    function: 'runs',
    body: optionalJson(startRunBody, 'arguments'),
    response: ok(runEstimate),
  }),
];
