import { createHash } from 'node:crypto';

/** A name for what is made of a value: the same for the same value. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
