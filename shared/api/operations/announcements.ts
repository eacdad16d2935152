import { announceToAll } from '../../notifications/announce.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import { listAnnouncements, removeAnnouncement } from '../../workflows/announcements.ts';
import { pauseSubmissions, resumeSubmissions } from '../../workflows/pause.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { ownWorkflow } from './own-workflow.ts';

/** What organisers say to everyone who takes part. */
export const announcementOperations = [
  operation('workflows:pause', async (request) => {
    const { services, caller, body } = request;
    const workflow = await ownWorkflow(request);
    return ok({ paused: await pauseSubmissions(services, loggedIn(caller), workflow, body.reason) });
  }),

  operation('workflows:resume', async (request) => {
    await resumeSubmissions(request.services, loggedIn(request.caller), await ownWorkflow(request));
    return nothing;
  }),

  operation('announcements:list', async ({ services, param }) => {
    const { id } = await findWorkflow(services, param('workflowId'));
    return ok({ announcements: await listAnnouncements(services, id) });
  }),

  operation('announcements:create', async (request) => {
    const { services, caller, headers, body } = request;
    const { id } = await ownWorkflow(request);
    const user = loggedIn(caller);
    const repeatable = repeatableRequest(headers['idempotency-key'], ['announcement', user.id, id], body);
    return created(await announceToAll(services, user, id, body.text, repeatable));
  }),

  operation('announcements:remove', async (request) => {
    const { services, caller, param } = request;
    const { id } = await ownWorkflow(request);
    await removeAnnouncement(services, loggedIn(caller), id, param('announcementId'));
    return nothing;
  }),
];
