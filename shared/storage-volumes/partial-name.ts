import { randomUUID } from 'node:crypto';

/** Returns the name of a file while it is written. Listings leave it out; an interrupted write leaves it. */
export const partialName = (): string => `.${randomUUID()}.flowserv-partial`;

export const isPartial = (name: string): boolean => /^\.[0-9a-f-]{36}\.flowserv-partial$/.test(name);
