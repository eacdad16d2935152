import { changeWebhookBody, subscriptionBody, webhookBody } from '../bodies.ts';
import { pageQuery } from '../queries.ts';
import {
  delivery,
  deliveryListing,
  newWebhook,
  subscription,
  webhook,
  webhookListing,
} from '../webhook-answers.ts';
import { created, json, nothing, ok, route } from './route.ts';

const WEBHOOKS = 'workflows/{workflowId}/webhooks';

/** Messages to other programs, and by mail, about what happens in a workflow. */
export const webhookRoutes = [
  route('webhooks:list', ['GET'], WEBHOOKS, {
    summary: 'The webhooks of a workflow',
    action: 'webhooks:read',
    function: 'api',
    response: ok(webhookListing),
  }),
  route('webhooks:create', ['POST'], WEBHOOKS, {
    summary: 'Send events to an address; the response is the only one that contains the secret',
    action: 'webhooks:write',
    function: 'api',
    body: json(webhookBody),
    response: created(newWebhook),
  }),
  route('webhooks:change', ['PUT'], `${WEBHOOKS}/{webhookId}`, {
    summary: 'Change which events a webhook sends, and switch it on again',
    action: 'webhooks:write',
    function: 'api',
    body: json(changeWebhookBody),
    response: ok(webhook),
  }),
  route('webhooks:remove', ['DELETE'], `${WEBHOOKS}/{webhookId}`, {
    summary: 'Remove a webhook',
    action: 'webhooks:write',
    function: 'api',
    response: nothing,
  }),
  route('webhooks:test', ['POST'], `${WEBHOOKS}/{webhookId}/test`, {
    summary: 'Send a test message to a webhook',
    action: 'webhooks:write',
    function: 'api',
    response: created(delivery),
  }),
  route('webhooks:deliveries', ['GET'], `${WEBHOOKS}/{webhookId}/deliveries`, {
    summary: 'The messages to a webhook of the last 30 days, the newest event first',
    action: 'webhooks:read',
    function: 'api',
    query: pageQuery,
    response: ok(deliveryListing),
  }),
  route('subscription:get', ['GET'], 'workflows/{workflowId}/subscription', {
    summary: 'The events of a workflow about which the caller gets mail',
    action: 'subscription:read',
    function: 'api',
    response: ok(subscription),
  }),
  route('subscription:set', ['PUT'], 'workflows/{workflowId}/subscription', {
    summary: 'Set the events of a workflow about which the caller gets mail; an empty list ends the mails',
    action: 'subscription:change',
    function: 'api',
    body: json(subscriptionBody),
    response: ok(subscription),
  }),
] as const;
