import { looksLike } from '../../shared/documents/display-name.ts';

/** Characters of an id that are enough to distinguish two. */
const SHORT_ID = 8;

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * Returns the shown name of each group or user: those whose names look alike get the beginning of their id. The same
 * one may be in the list more than once.
 */
export function distinctNames(all: readonly Named[]): (one: Named) => string {
  const idsOf = new Map<string, Set<string>>();
  for (const { id, name } of all) {
    const form = looksLike(name);
    idsOf.set(form, (idsOf.get(form) ?? new Set()).add(id));
  }
  return ({ id, name }) =>
    (idsOf.get(looksLike(name))?.size ?? 0) > 1 ? `${name} (${id.slice(0, SHORT_ID)})` : name;
}
