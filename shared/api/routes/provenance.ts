import { runDiff } from '../answers.ts';
import { downloadQuery } from '../queries.ts';
import { fileOnDemand, ok, route } from './route.ts';

/** How results came about. */
export const provenanceRoutes = [
  route('workflows:crate', ['GET'], 'workflows/{workflowId}/crate', {
    summary: 'An RO-Crate of the workflow: its template and its public files',
    action: 'workflow:read',
    function: 'api',
    query: downloadQuery,
    response: fileOnDemand,
  }),
  route('runs:crate', ['GET'], 'runs/{runId}/crate', {
    summary: 'An RO-Crate of an ended run: its provenance, its uploads and its result files',
    action: 'run:read',
    function: 'api',
    query: downloadQuery,
    response: fileOnDemand,
  }),
  route('runs:diff', ['GET'], 'runs/{runId}/diff/{otherRunId}', {
    summary: 'What differs between two runs: arguments, images, result files and values',
    action: 'run:read',
    function: 'api',
    response: ok(runDiff),
  }),
] as const;
