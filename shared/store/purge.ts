import * as z from 'zod';
import type { Config } from '../config.ts';
import { timestamp } from '../ids.ts';
import { itemCodec } from './codec.ts';
import { conditionally } from './conditional.ts';
import { dueAttributes, minutesLater } from './due.ts';
import { all, type Condition, exists, madeAt, marked } from './expressions.ts';
import type { Write } from './item.ts';
import { type Key, keys } from './keys.ts';
import type { Table } from './table.ts';

/**
 * Workflows, groups and runs are deleted in two parts. The request writes a mark, which hides the object from every
 * reader; a purge removes its stored data, in the background and not before `purgeAfter`. Until then, the object can be
 * restored.
 */

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

/**
 * The attributes that mark an object as deleted.
 *
 * @param keptDays for how long it can be restored
 */
export const markOf = (now: Date, id: string, keptDays = 0) => ({
  deleting: true,
  purgeAfter: minutesLater(now, keptDays * DAY_MINUTES).toISOString(),
  ...dueAttributes(id, minutesLater(now, CHECK_MINUTES)),
});

/** The names of the attributes that a restored object loses. */
export const markNames = Object.keys(markSchema);

/** The condition for restoring an object: it is marked, and no purge has begun or works on it. */
export const restorable = (now: Date): Condition => ({
  expression:
    '#deleting = :yes AND #purgeAfter > :now AND (attribute_not_exists(#purgingUntil) OR #purgingUntil <= :now)',
  values: { yes: true, now: now.toISOString() },
});

/** Whether a marked object can be restored, as far as its own item says. */
export const isKept = (
  now: Date,
  { deleting, purgeAfter = '' }: { deleting?: boolean | undefined; purgeAfter?: string | undefined },
): boolean => deleting === true && purgeAfter > now.toISOString();

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

/** When deleted objects are purged: after the days of the installation, or at once. */
export type PurgeTime = 'later' | 'now';

/** The attributes that mark an object as deleted, and the write that adds it to the list, for one transaction. */
export function deletion(
  {
    table,
    now,
    config,
  }: {
    readonly table: Pick<Table, 'write'>;
    readonly now: () => Date;
    readonly config: Pick<Config, 'keptDays'>;
  },
  object: Omit<Waiting, 'deletedAt' | 'purgeAfter'>,
  time: PurgeTime,
): { readonly mark: ReturnType<typeof markOf>; readonly listed: Write } {
  const at = now();
  const mark = markOf(at, object.id, time === 'now' ? 0 : config.keptDays);
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

/**
 * Has a deleted object purged now. Its purge still has to be requested by a message, or waits for the sweep.
 *
 * @param key of the object
 * @param createdAt time of its creation, if another object may have the key
 */
export async function endKeeping(
  { table, now }: { readonly table: Table; readonly now: () => Date },
  { kind, id }: { readonly kind: PurgeKind; readonly id: string },
  key: Key,
  createdAt?: string,
): Promise<void> {
  const meant = createdAt === undefined ? marked : all(marked, madeAt(createdAt));
  const purgeAfter = now().toISOString();
  const set = { purgeAfter, ...dueAttributes(id, now()) };
  await conditionally(
    table.transact([
      table.write.update(key, { set }, meant),
      table.write.update(keys.purge(kind, id), { set: { purgeAfter } }, exists),
    ]),
  );
}
