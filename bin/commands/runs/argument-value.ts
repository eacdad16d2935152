import type { Parameter } from '../../../shared/api/answers.ts';
import type { Entry } from '../../../shared/template/parameter-types/descriptor.ts';
import { hasDefault, mustBeGiven } from '../../../shared/template/parameter-types/must-be-given.ts';
import { entries } from '../../../shared/template/parameter-types/types.ts';

/** Raised for an entry that the user can correct. */
export class InvalidEntry extends Error {}

const isKnown = (dtype: string): dtype is keyof typeof entries => Object.hasOwn(entries, dtype);

/** The unchanged text, for a type that only a newer server supports. */
const unknownType: Entry = (text) => ({ ok: true, value: text });

/** How an argument of the parameter is entered. */
export const entryOf = ({ dtype }: Pick<Parameter, 'dtype'>): Entry =>
  isKnown(dtype) ? entries[dtype] : unknownType;

/**
 * Converts a text to an argument of the parameter. Does not read files.
 *
 * @param text as typed; if empty, the default value, or no argument for an optional parameter
 * @returns undefined to omit the argument, so that the server's default applies
 * @throws InvalidEntry with a sentence for the user
 */
export function parseValue(parameter: Parameter, text: string): unknown {
  if (text.trim() === '') {
    const preset = presetOf(parameter);
    if (preset !== undefined) return preset;
    if (!mustBeGiven(parameter)) return undefined;
  }
  const entry = entryOf(parameter);
  if (entry === 'file') return text;
  const reading = entry(text, parameter.values ?? []);
  if (!reading.ok) throw new InvalidEntry(reading.fault);
  return reading.value;
}

/**
 * The argument for an empty entry: a default value without parts; for a required step its default value, as in a form.
 */
function presetOf(parameter: Parameter): unknown {
  const { defaultValue } = parameter;
  if (!hasDefault(defaultValue)) return undefined;
  if (parameter.dtype === 'actor') return mustBeGiven(parameter) ? defaultValue : undefined;
  return typeof defaultValue === 'object' ? undefined : defaultValue;
}

/** The default value that an empty entry selects, as a prompt shows it; undefined if there is none. */
export function shownDefault(parameter: Parameter): string | undefined {
  const { defaultValue, dtype } = parameter;
  if (!hasDefault(defaultValue) || (dtype === 'actor' && !mustBeGiven(parameter))) return undefined;
  return typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue);
}
