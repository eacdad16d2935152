import { usageListing } from '../organiser-answers.ts';
import { usageQuery } from '../queries.ts';
import { ok, route } from './route.ts';

/** What runs of a workflow use and cost. */
export const costRoutes = [
  route('workflows:usage', ['GET'], 'workflows/{workflowId}/usage', {
    summary: 'What the ended runs of a workflow used and cost, by month, or by group in one month',
    action: 'usage:read',
    function: 'api',
    query: usageQuery,
    response: ok(usageListing),
  }),
];
