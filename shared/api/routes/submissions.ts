import { submissionsBody } from '../bodies.ts';
import { submissionsArchive, submissionsArchiveListing } from '../organiser-answers.ts';
import { begun, ok, optionalJson, route } from './route.ts';

/** Archives of the submissions of all groups. */
export const submissionRoutes = [
  route('archives:list', ['GET'], 'workflows/{workflowId}/archives', {
    summary: 'Archives of submissions that did not expire, the newest first',
    action: 'submissions:read',
    function: 'api',
    response: ok(submissionsArchiveListing),
  }),
  route('archives:create', ['POST'], 'workflows/{workflowId}/archives', {
    summary: 'Have an archive of the submissions of all groups made, or of some',
    action: 'submissions:archive',
    function: 'api',
    body: optionalJson(submissionsBody),
    response: begun(submissionsArchive),
    idempotent: true,
  }),
  route('archives:get', ['GET'], 'workflows/{workflowId}/archives/{archiveId}', {
    summary: 'An archive of submissions: its progress, and links to its files',
    action: 'submissions:read',
    function: 'api',
    response: ok(submissionsArchive),
  }),
] as const;
