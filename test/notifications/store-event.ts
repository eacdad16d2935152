import { deliveriesOf, storeDeliveries } from '../../shared/notifications/deliveries.ts';
import type { NotifiedEvent } from '../../shared/notifications/events.ts';
import type { Services } from '../../shared/services/services.ts';

/** Stores the deliveries of an event, as the place does at which it happens. */
export const storeEvent = async (
  services: Services,
  event: NotifiedEvent,
  userIds: readonly string[] = [],
): Promise<void> => storeDeliveries(services, await deliveriesOf(services, event, userIds));
