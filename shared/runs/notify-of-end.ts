import { deliveriesOf, notify } from '../notifications/deliveries.ts';
import { endOfRun } from '../notifications/events.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import type { Run } from './run.ts';

/** Stores the notifications of a run's end for those who want them, and requests them. Repeatable. */
export async function notifyOfEnd(services: Services, run: Run): Promise<void> {
  const event = endOfRun(run);
  if (event) await notify(services, event);
}

/** The notifications of a run that ends in the moment in which it is created, for the transaction that does so. */
export async function notificationsOfEnd(services: Services, run: Run): Promise<Item[]> {
  const event = endOfRun(run);
  return event ? deliveriesOf(services, event) : [];
}
