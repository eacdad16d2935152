import type { Actor } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import type { RepeatableRequest } from '../store/repeatable.ts';
import { type Announcement, announce } from '../workflows/announcements.ts';
import { requestDelivery } from './deliveries.ts';
import { spreadItem } from './spread.ts';

/**
 * Announces a text, and tells those who want to know: webhooks, and users who asked for mail.
 *
 * @throws FlowservError as `announce` does
 */
export async function announceToAll(
  services: Services,
  actor: Actor,
  workflowId: string,
  text: string,
  repeatable?: RepeatableRequest,
): Promise<Announcement> {
  const eventOf = (announcement: Announcement) =>
    spreadItem(services, {
      type: 'announcement.created',
      subject: announcement.id,
      at: announcement.createdAt,
      workflowId,
      announcement: { id: announcement.id, text: announcement.text },
    });
  const writes = (announcement: Announcement) => [services.table.write.put(eventOf(announcement))];
  const made = await announce(services, actor, workflowId, text, { repeatable, writes });
  await requestDelivery(services, eventOf(made));
  return made;
}
