/** Name of a file while it is written. Listings leave it out; an interrupted write leaves it. */
export const partialName = (id: string): string => `.${id}.flowserv-partial`;

export const isPartial = (name: string): boolean => name.endsWith('.flowserv-partial');
