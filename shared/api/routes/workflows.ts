import { groupListing, jsonSchema, leaderboard, workflow, workflowListing } from '../answers.ts';
import { groupListQuery, leaderboardQuery, pageQuery, postprocDownloadQuery } from '../queries.ts';
import { file, fileOnDemand, ok, route } from './route.ts';

/** Workflows, their leaderboards and the files of their post-processing. */
export const workflowRoutes = [
  route('workflows:list', ['GET'], 'workflows', {
    summary: 'All workflows',
    action: 'workflow:read',
    function: 'api',
    query: pageQuery,
    response: ok(workflowListing),
    conditional: true,
  }),
  route('workflows:get', ['GET'], 'workflows/{workflowId}', {
    summary: "A workflow with its parameters, its post-processing and the caller's groups",
    action: 'workflow:read',
    function: 'api',
    response: ok(workflow),
    conditional: true,
  }),
  route('workflows:groups', ['GET'], 'workflows/{workflowId}/groups', {
    summary: "The caller's groups of one workflow, or all of them",
    action: 'groups:list',
    function: 'api',
    query: groupListQuery,
    response: ok(groupListing),
  }),
  route('workflows:download:archive', ['GET'], 'workflows/{workflowId}/downloads/archive', {
    summary: 'All files of the post-processing run of a leaderboard',
    action: 'postproc:read',
    function: 'api',
    query: postprocDownloadQuery,
    response: fileOnDemand,
  }),
  route('workflows:download:file', ['GET'], 'workflows/{workflowId}/downloads/files/{fileId}', {
    summary: 'One file of the post-processing run of a leaderboard',
    action: 'postproc:read',
    function: 'api',
    query: postprocDownloadQuery,
    response: file,
  }),
  route(
    'leaderboard',
    ['GET'],
    'workflows/{workflowId}/leaderboard?orderBy={orderBy}&includeAll={includeAll}',
    {
      summary: 'The leaderboard: results in their ranking, and the current post-processing run',
      action: 'workflow:read',
      function: 'api',
      query: leaderboardQuery,
      response: ok(leaderboard),
      conditional: true,
      csv: true,
    },
  ),
] as const;

export const argumentRoutes = [
  route('workflows:arguments', ['GET'], 'workflows/{workflowId}/arguments-schema', {
    summary: 'JSON Schema of the arguments of a run',
    action: 'workflow:read',
    function: 'api',
    response: ok(jsonSchema),
    conditional: true,
  }),
] as const;
