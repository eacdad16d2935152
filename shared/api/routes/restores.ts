import { group, run } from '../answers.ts';
import { ok, route } from './route.ts';

/** Restoring what was deleted and is not purged. */
export const restoreRoutes = [
  route('groups:restore', ['POST'], 'groups/{userGroupId}/restore', {
    summary: 'Restore a deleted group with its name, members, uploads, runs and place on the leaderboard',
    action: 'group:write',
    function: 'api',
    response: ok(group),
  }),
  route('runs:restore', ['POST'], 'runs/{runId}/restore', {
    summary: 'Restore a deleted run with its files and its place on the leaderboard',
    action: 'run:delete',
    function: 'runs',
    response: ok(run),
  }),
] as const;
