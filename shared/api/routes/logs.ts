import { runLogs } from '../log-answers.ts';
import { logQuery } from '../queries.ts';
import { file, ok, route } from './route.ts';

/** The output of the steps of runs. */
export const logRoutes = [
  route('runs:logs', ['GET'], 'runs/{runId}/logs', {
    summary: 'The steps of a run with the end of their output, or one page of the output of a step',
    action: 'run:logs',
    function: 'runs',
    query: logQuery,
    response: ok(runLogs),
    conditional: true,
  }),
  route('runs:logs:stream', ['GET'], 'runs/{runId}/logs/{taskId}/{stream}', {
    summary: 'The standard output (`stdout`) or standard error (`stderr`) of a step, as a file',
    action: 'run:logs',
    function: 'runs',
    response: file,
  }),
] as const;
