import { postprocListing } from '../organiser-answers.ts';
import { pageQuery } from '../queries.ts';
import { ok, route } from './route.ts';

/** Post-processing, as the members of a workflow see it. */
export const postprocRoutes = [
  route('workflows:postproc', ['GET'], 'workflows/{workflowId}/postproc', {
    summary: 'The post-processing runs of a workflow, the newest first, with their state and why some failed',
    action: 'workflow:list',
    function: 'api',
    query: pageQuery,
    response: ok(postprocListing),
  }),
  route('workflows:postproc:retry', ['POST'], 'workflows/{workflowId}/postproc', {
    summary: 'Repeat post-processing of the current ranking where the last run failed or was canceled',
    action: 'postproc:retry',
    function: 'api',
    response: ok(postprocListing),
  }),
] as const;
