import { run } from '../answers.ts';
import { cancelRunBody, startRunBody } from '../bodies.ts';
import { deletionQuery, downloadQuery, waitQuery } from '../queries.ts';
import { created, file, fileOnDemand, nothing, ok, optionalJson, route } from './route.ts';

/** Runs and their outputs. */
export const runRoutes = [
  route('runs:start', ['POST'], 'groups/{userGroupId}/runs', {
    summary: 'Start a run of a group',
    action: 'group:write',
    function: 'runs',
    body: optionalJson(startRunBody, 'arguments'),
    response: created(run),
    idempotent: true,
  }),
  route('runs:get', ['GET'], 'runs/{runId}', {
    summary: 'A run: its state, its arguments and, after its end, its files or messages',
    action: 'run:read',
    function: 'runs',
    query: waitQuery,
    response: ok(run),
    conditional: true,
  }),
  route('runs:cancel', ['PUT'], 'runs/{runId}', {
    summary: 'Cancel an active run',
    action: 'run:cancel',
    function: 'runs',
    body: optionalJson(cancelRunBody),
    response: ok(run),
  }),
  route('runs:delete', ['DELETE'], 'runs/{runId}', {
    summary: 'Delete an ended run with its files and its result',
    action: 'run:delete',
    function: 'runs',
    query: deletionQuery,
    response: nothing,
  }),
  route('runs:download:archive', ['GET'], 'runs/{runId}/downloads/archive', {
    summary: 'All result files of a run',
    action: 'archive:read',
    function: 'api',
    query: downloadQuery,
    response: fileOnDemand,
  }),
  route('runs:download:file', ['GET'], 'runs/{runId}/downloads/files/{fileId}', {
    summary: 'One result file of a run',
    action: 'file:read',
    function: 'api',
    query: downloadQuery,
    response: file,
  }),
] as const;
