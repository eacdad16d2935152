import * as z from 'zod';
import { timestamp } from '../ids.ts';
import { itemCodec } from './codec.ts';
import { dueAttributes, minutesLater } from './due.ts';
import type { Write } from './item.ts';
import { keys } from './keys.ts';
import type { Table } from './table.ts';

/**
 * Workflows, groups and runs are deleted in two parts. The request writes a mark, which hides the object from every
 * reader; a purge removes its stored data, in the background and not before `purgeAfter`.
 */

/** How long deleted objects are kept. */
const KEEP_DAYS = 0;
/** The purge of an object whose wake-up call was lost begins after this time. */
const CHECK_MINUTES = 1;

const DAY_MINUTES = 24 * 60;

/** Kinds of objects that are deleted in this way. */
export const purgeKinds = ['workflow', 'group', 'run'] as const;
export type PurgeKind = (typeof purgeKinds)[number];

/** The mark, among the attributes of the object itself. */
export const markSchema = {
  deleting: z.boolean().optional(),
  /** No stored data is removed before this time. Absent in marks of earlier releases. */
  purgeAfter: z.string().optional(),
  /** A worker has the lease of the purge until then. */
  purgingUntil: z.string().optional(),
  /** Puts the object on the due index, so that the purge starts, and continues after an interruption. */
  dueShard: z.string().optional(),
  dueAt: z.string().optional(),
};

/** The attributes that mark an object as deleted. */
export const markOf = (now: Date, id: string) => ({
  deleting: true,
  purgeAfter: minutesLater(now, KEEP_DAYS * DAY_MINUTES).toISOString(),
  ...dueAttributes(id, minutesLater(now, CHECK_MINUTES)),
});

const waitingSchema = z.object({
  kind: z.enum(purgeKinds),
  id: z.string(),
  workflowId: z.string(),
  /** For a run of a group. */
  groupId: z.string().optional(),
  /** For a workflow or a group. */
  name: z.string().optional(),
  deletedAt: z.string(),
  purgeAfter: z.string(),
});
/** An object in the list of those that wait for their purge. */
export type Waiting = z.infer<typeof waitingSchema>;
const waitingCodec = itemCodec(1, waitingSchema);

/** The attributes that mark an object as deleted, and the write that adds it to the list, for one transaction. */
export function deletion(
  { table, now }: { readonly table: Pick<Table, 'write'>; readonly now: () => Date },
  object: Omit<Waiting, 'deletedAt' | 'purgeAfter'>,
): { readonly mark: ReturnType<typeof markOf>; readonly listed: Write } {
  const at = now();
  const mark = markOf(at, object.id);
  const waiting = { ...object, deletedAt: timestamp(at), purgeAfter: mark.purgeAfter };
  return {
    mark,
    listed: table.write.put(waitingCodec.write(keys.purge(object.kind, object.id), waiting)),
  };
}

/** Objects that wait for their purge, all of them or those of one kind. */
export async function* readWaiting(
  { table }: { readonly table: Pick<Table, 'range'> },
  kind?: PurgeKind,
): AsyncGenerator<Waiting> {
  for await (const item of table.range(keys.purges(kind))) yield waitingCodec.read(item);
}
