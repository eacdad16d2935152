import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import type { PythonMapping } from '../documents/python-value.ts';

/** Reads one of some words at a key; undefined if it is absent. */
export function wordAt<T extends string>(
  fields: PythonMapping,
  key: string,
  words: readonly T[],
  location: Location,
): T | undefined {
  const value = fields[key] ?? undefined;
  if (value === undefined) return undefined;
  const word = words.find((one) => one === value);
  if (word === undefined) {
    report(below(location, key), `unknown value '${quotedText(value)}'; use one of ${words.join(', ')}`);
  }
  return word;
}
