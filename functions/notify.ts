import type { SQSEvent } from 'aws-lambda';
import { deliver } from '../shared/notifications/deliver.ts';
import { spread } from '../shared/notifications/spread.ts';
import { deliveryOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';
import { eachRecord } from './events/each-record.ts';

/** Sends notifications: the only function that reads the secrets of webhooks, and that connects to their addresses. */
export const createHandler = (services: Services) => (event: SQSEvent) =>
  eachRecord(event, async (body) => {
    const order = deliveryOrder.parse(body);
    await (order.key.startsWith('EVENT#') ? spread(services, order) : deliver(services, order));
  });
