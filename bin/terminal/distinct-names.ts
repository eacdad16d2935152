import { looksLike } from '../../shared/documents/display-name.ts';

/** Characters of an id that tell two of them apart. */
const SHORT_ID = 8;

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * How each of some groups or users is shown: those whose names look alike with the beginning of their id. The same one
 * may be among them more than once.
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
