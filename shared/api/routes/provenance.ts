import { runDiff } from '../answers.ts';
import { ok, route } from './route.ts';

/** How results came about. */
export const provenanceRoutes = [
  route('runs:diff', ['GET'], 'runs/{runId}/diff/{otherRunId}', {
    summary: 'What differs between two runs: arguments, images, result files and values',
    action: 'run:read',
    function: 'api',
    response: ok(runDiff),
  }),
] as const;
