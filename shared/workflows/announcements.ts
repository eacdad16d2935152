import * as z from 'zod';
import { invalid, unknownObject } from '../errors.ts';
import { newId, timestamp } from '../ids.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { itemCodec } from '../store/codec.ts';
import { conditionally } from '../store/conditional.ts';
import { absent, alive, hasId } from '../store/expressions.ts';
import type { Item, Write } from '../store/item.ts';
import { keys } from '../store/keys.ts';
import { earlierResult, type RepeatableRequest, resultWrites } from '../store/repeatable.ts';
import { findWorkflow } from './workflow.ts';

/** Maximum number of announcements of a workflow: a response contains all of them. */
const MAX_ANNOUNCEMENTS = 50;
/** Maximum number of characters of an announcement. */
const MAX_TEXT = 4_000;
/** Control characters other than line breaks and tabs, and characters that change the direction of writing. */
const FORBIDDEN = /[[\p{Cc}\p{Cs}\p{Bidi_Control}]--[\n\t]]/v;

const announcementSchema = z.object({ id: z.string(), createdAt: z.string(), text: z.string() });
export type Announcement = z.infer<typeof announcementSchema>;
const announcementCodec = itemCodec(1, announcementSchema);

/** Lists the announcements of a workflow, the newest first. */
export async function listAnnouncements(
  { table }: Pick<Services, 'table'>,
  workflowId: string,
): Promise<Announcement[]> {
  const announcements = (await table.list(keys.announcements(workflowId))).map(announcementCodec.read);
  return announcements.toSorted((a, b) => compare(b.createdAt, a.createdAt) || compare(b.id, a.id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Announces a text to everyone who sees the workflow. Each takes one of a fixed number of slots, so that concurrent
 * requests cannot exceed the limit.
 *
 * @param input text or Markdown, which clients show as data
 * @param repeatable set for a request that may be repeated: a repetition returns the announcement that the first one made
 * @param writes further writes of the transaction
 * @throws FlowservError 400 for an invalid text or too many announcements, 404 if the workflow was deleted, or if the
 *   announcement that the same request made was removed
 */
export async function announce(
  services: Services,
  actor: Actor,
  workflowId: string,
  input: string,
  {
    repeatable,
    writes = () => [],
  }: {
    readonly repeatable?: RepeatableRequest | undefined;
    readonly writes?: (made: Announcement) => readonly Write[];
  } = {},
): Promise<Announcement> {
  const { table, now } = services;
  const text = checkText(input);
  const made = { id: newId(), createdAt: timestamp(now()), text };
  const object = { type: 'announcement', id: made.id } as const;
  const taken = new Set((await table.list(keys.announcements(workflowId))).map(({ sk }) => sk));
  for (let slot = 0; slot < MAX_ANNOUNCEMENTS; slot += 1) {
    const key = keys.announcement(workflowId, slot);
    if (taken.has(key.sk)) continue;
    const earlier = await earlierResult(services, repeatable);
    if (earlier !== undefined) return findAnnouncement(services, workflowId, earlier);
    const written = await conditionally(
      table.transact([
        table.write.check(keys.workflow(workflowId), alive),
        table.write.put(announcementCodec.write(key, made), absent),
        auditWrite(services, workflowId, { actor, action: 'announcement.create', object, detail: text }),
        ...resultWrites(services, repeatable, made.id),
        ...writes(made),
      ]),
    );
    if (written) return made;
    // The workflow was deleted, or another request took the slot.
    await findWorkflow(services, workflowId);
  }
  const earlier = await earlierResult(services, repeatable);
  if (earlier !== undefined) return findAnnouncement(services, workflowId, earlier);
  throw invalid(
    'announcement.limit',
    `a workflow has at most ${MAX_ANNOUNCEMENTS} announcements; remove one of them first`,
  );
}

/** Removes an announcement. @throws FlowservError 404 */
export async function removeAnnouncement(
  services: Services,
  actor: Actor,
  workflowId: string,
  id: string,
): Promise<void> {
  const { table } = services;
  const { pk, sk, text } = await findItem(services, workflowId, id);
  const removed = await conditionally(
    table.transact([
      table.write.remove({ pk, sk }, hasId(id)),
      auditWrite(services, workflowId, {
        actor,
        action: 'announcement.remove',
        object: { type: 'announcement', id },
        detail: String(text),
      }),
    ]),
  );
  if (!removed) throw unknownObject('announcement', id);
}

const findAnnouncement = async (services: Services, workflowId: string, id: string): Promise<Announcement> =>
  announcementCodec.read(await findItem(services, workflowId, id));

async function findItem({ table }: Services, workflowId: string, id: string): Promise<Item> {
  const item = (await table.list(keys.announcements(workflowId))).find((one) => one.id === id);
  if (!item) throw unknownObject('announcement', id);
  return item;
}

function checkText(input: string): string {
  const text = input.replaceAll('\r\n', '\n').trim();
  if (text === '' || text.length > MAX_TEXT)
    throw invalid('announcement.text', `an announcement has 1 to ${MAX_TEXT} characters`);
  if (FORBIDDEN.test(text))
    throw invalid('announcement.text', 'an announcement must not contain control characters');
  return text;
}
