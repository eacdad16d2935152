import { Option } from 'commander';
import type { WebhookEvent } from '../../../../shared/client/webhook-methods.ts';
import { eventTypes } from '../../../../shared/notifications/events.ts';

export interface EventChoice {
  readonly event: readonly WebhookEvent[];
}

/** The events that a webhook sends; all if none is chosen. */
export const eventOption = () =>
  new Option('-e, --event <event...>', 'events to send; all by default')
    .choices(eventTypes)
    .default([...eventTypes], 'all');
