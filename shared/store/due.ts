import { createHash } from 'node:crypto';
import { DUE_SHARDS } from './table-definition.ts';

/** Attributes that put an item on the due index, so that the sweep checks it at the given time. */
export function dueAttributes(id: string, at: Date) {
  const shard = createHash('sha256').update(id).digest().readUInt32BE() % DUE_SHARDS;
  return { dueShard: `DUE#${shard}`, dueAt: at.toISOString() };
}

/** The names of these attributes, for removing an item from the index. */
export const dueNames = ['dueShard', 'dueAt'] as const;

/** `minutes` after now. */
export const minutesLater = (now: Date, minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
