import { type Delivery, listDeliveries, testWebhook } from '../../notifications/deliveries.ts';
import { readSubscription, subscribe } from '../../notifications/subscriptions.ts';
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  type Webhook,
} from '../../notifications/webhooks.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, nothing, ok } from '../operation-result.ts';
import { pageOf } from '../views.ts';
import { ownWorkflow } from './own-workflow.ts';

/** Messages to other programs about what happens in a workflow. */
export const webhookOperations = [
  operation('webhooks:list', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    return ok({ webhooks: (await listWebhooks(request.services, workflowId)).map(webhookView) });
  }),

  operation('webhooks:create', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, caller, body } = request;
    const { webhook, secret } = await addWebhook(services, loggedIn(caller), workflowId, body);
    return created({ ...webhookView(webhook), secret });
  }),

  operation('webhooks:change', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, caller, body, param } = request;
    const actor = loggedIn(caller);
    return ok(webhookView(await changeWebhook(services, actor, workflowId, param('webhookId'), body.events)));
  }),

  operation('webhooks:remove', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    await removeWebhook(request.services, loggedIn(request.caller), workflowId, request.param('webhookId'));
    return nothing;
  }),

  operation('webhooks:test', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    return created(deliveryView(await testWebhook(request.services, workflowId, request.param('webhookId'))));
  }),

  operation('webhooks:deliveries', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, query, param } = request;
    const { id } = await findWebhook(services, workflowId, param('webhookId'));
    return pageOf('deliveries', await listDeliveries(services, workflowId, id, query), deliveryView);
  }),

  operation('subscription:get', async ({ services, caller, param }) => {
    const { id } = await findWorkflow(services, param('workflowId'));
    return ok({ events: [...(await readSubscription(services, id, loggedIn(caller).id))] });
  }),

  operation('subscription:set', async ({ services, caller, param, body }) => {
    const { id } = await findWorkflow(services, param('workflowId'));
    return ok({ events: [...(await subscribe(services, loggedIn(caller), id, body.events))] });
  }),
];

const webhookView = ({ id, url, events, createdAt, failing, disabled }: Webhook) => ({
  id,
  url,
  events,
  createdAt,
  ...(failing === undefined ? {} : { failing: { since: failing.since } }),
  ...(disabled === undefined ? {} : { disabled }),
});

const deliveryView = (delivery: Delivery) => {
  const { id, type, at, run, state, attempts, nextAttemptAt, lastAttempt, problem } = delivery;
  return {
    id,
    type,
    at,
    ...(run === undefined ? {} : { run: { id: run.id, state: run.state } }),
    state,
    attempts,
    ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    ...(lastAttempt === undefined ? {} : { lastAttempt }),
    ...(problem === undefined ? {} : { problem }),
  };
};
