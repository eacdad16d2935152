/**
 * Replaces references by values in a workflow specification.
 *
 * Source: flowServ template specification, parameter references.
 */

import { pythonText } from '../documents/python-text.ts';
import { isList, isMapping, type PythonValue } from '../documents/python-value.ts';
import { invalidTemplate } from '../errors.ts';
import { splitReferences, wholeReference } from './references.ts';
import { resolveReference, type Scope } from './scope.ts';

/** Maximum number of characters that the references of one specification may expand to. */
export const MAX_EXPANDED_LENGTH = 10_000_000;

/**
 * Limits the length of expanded text, so that many references to one long argument cause an error instead of
 * exhausting memory.
 */
function createBudget(): (text: string) => string {
  let left = MAX_EXPANDED_LENGTH;
  return (text) => {
    left -= text.length;
    if (left < 0) throw invalidTemplate(`the expanded workflow exceeds ${MAX_EXPANDED_LENGTH} characters`);
    return text;
  };
}

function expandInto(text: string, scope: Scope, spend: (text: string) => string): string {
  const parts = splitReferences(text).map((part) => {
    if (typeof part === 'string') return part;
    const value = resolveReference(part, scope);
    // Inside a text, the missing branch of a conditional is empty, not the word None.
    return spend(value === null && part.branches !== undefined ? '' : pythonText(value));
  });
  return parts.join('');
}

/**
 * Returns a copy of a value with its references replaced. A text that is exactly one reference becomes the value
 * itself with its type; references inside longer text become Python text. Keys of mappings stay unchanged.
 *
 * @throws 400 for nested lists and missing arguments, and if the result is too long; 404 for an undeclared parameter.
 */
export function expandReferences(value: PythonValue, scope: Scope): PythonValue {
  const spend = createBudget();
  const expand = (current: PythonValue): PythonValue => {
    if (typeof current === 'string') {
      const whole = wholeReference(current);
      return whole === undefined ? expandInto(current, scope, spend) : resolveReference(whole, scope);
    }
    if (isList(current)) {
      if (current.some(isList)) throw invalidTemplate('nested lists not allowed');
      return current.map(expand);
    }
    if (!isMapping(current)) return current;
    const entries = Object.entries(current);
    return Object.fromEntries(entries.map(([key, item]): [string, PythonValue] => [key, expand(item)]));
  };
  return expand(value);
}
