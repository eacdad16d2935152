import { groupCodec } from '../groups/group.ts';
import { deliveriesOf, storeDeliveries } from '../notifications/deliveries.ts';
import { endOfRun } from '../notifications/events.ts';
import { subscribersAmong } from '../notifications/subscriptions.ts';
import { includesRole } from '../roles/names.ts';
import { workflowMemberCodec } from '../roles/role.ts';
import type { Services } from '../services/services.ts';
import type { Item } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import type { Run } from './run.ts';

/** Mails about one event: those of post-processing that fails at once are part of a transaction of 100 actions. */
const MAX_MAILS = 50;

/** Stores the notifications of a run's end for those who want them, and requests them. Repeatable. */
export const notifyOfEnd = async (services: Services, run: Run): Promise<void> =>
  storeDeliveries(services, await notificationsOfEnd(services, run));

/** The notifications of a run's end, for the transaction that ends it or afterwards. */
export async function notificationsOfEnd(services: Services, run: Run): Promise<Item[]> {
  const event = endOfRun(run);
  if (!event) return [];
  const users = await usersToTell(services, run);
  const subscribers = await subscribersAmong(services, run.workflowId, users, event.type);
  return deliveriesOf(services, event, subscribers.slice(0, MAX_MAILS));
}

/** The members of the run's group; of failed post-processing, the organisers. No mail is sent about scoring again. */
async function usersToTell({ table }: Services, run: Run): Promise<string[]> {
  const { workflowId, groupId, rescoredFrom } = run;
  if (rescoredFrom !== undefined) return [];
  if (groupId !== undefined) {
    const group = groupCodec.readMaybe(await table.get(keys.group(groupId)));
    return group?.members.map(({ id }) => id) ?? [];
  }
  const members = (await table.list(keys.workflowMembers(workflowId))).map(workflowMemberCodec.read);
  return members.filter(({ role }) => includesRole(role, 'organiser')).map(({ id }) => id);
}
