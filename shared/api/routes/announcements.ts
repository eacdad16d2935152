import { announcementBody, pauseBody } from '../bodies.ts';
import { announcement, announcementListing, pausedWorkflow } from '../moderation-answers.ts';
import { created, json, nothing, ok, route } from './route.ts';

/** What organisers say to everyone who takes part. */
export const announcementRoutes = [
  route('workflows:pause', ['PUT'], 'workflows/{workflowId}/pause', {
    summary: 'Pause submissions: no group starts runs until they are resumed',
    action: 'moderation:write',
    function: 'api',
    body: json(pauseBody),
    response: ok(pausedWorkflow),
  }),
  route('workflows:resume', ['DELETE'], 'workflows/{workflowId}/pause', {
    summary: 'Resume submissions',
    action: 'moderation:write',
    function: 'api',
    response: nothing,
  }),
  route('announcements:list', ['GET'], 'workflows/{workflowId}/announcements', {
    summary: 'The announcements of a workflow, the newest first',
    action: 'workflow:read',
    function: 'api',
    response: ok(announcementListing),
    conditional: true,
  }),
  route('announcements:create', ['POST'], 'workflows/{workflowId}/announcements', {
    summary: 'Announce a text to everyone who sees the workflow',
    action: 'moderation:write',
    function: 'api',
    body: json(announcementBody),
    response: created(announcement),
    idempotent: true,
  }),
  route('announcements:remove', ['DELETE'], 'workflows/{workflowId}/announcements/{announcementId}', {
    summary: 'Remove an announcement',
    action: 'moderation:write',
    function: 'api',
    response: nothing,
  }),
] as const;
