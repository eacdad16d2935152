import type { Parameter } from '../../../shared/api/answers.ts';
import type { Entry } from '../../../shared/template/parameter-types/descriptor.ts';
import { hasDefault, mustBeGiven } from '../../../shared/template/parameter-types/must-be-given.ts';
import { entries } from '../../../shared/template/parameter-types/types.ts';

/** Raised for what a user has entered and might enter better. */
export class InvalidEntry extends Error {}

const isKnown = (dtype: string): dtype is keyof typeof entries => Object.hasOwn(entries, dtype);

/** Text as it is, for a type that only a newer server knows. */
const unknownType: Entry = (text) => ({ ok: true, value: text });

/** How the argument of a parameter is entered. */
export const entryOf = ({ dtype }: Pick<Parameter, 'dtype'>): Entry =>
  isKnown(dtype) ? entries[dtype] : unknownType;

/**
 * What a text means as the argument of a parameter. Files are not read here.
 *
 * @param text as typed; empty stands for the default value, and leaves out what may be left out
 * @returns undefined when the argument is to be left out, so that the server's default applies
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

/** What an empty entry sends: a default value without parts, and of a required step its default value, as a form has it. */
function presetOf(parameter: Parameter): unknown {
  const { defaultValue } = parameter;
  if (!hasDefault(defaultValue)) return undefined;
  if (parameter.dtype === 'actor') return mustBeGiven(parameter) ? defaultValue : undefined;
  return typeof defaultValue === 'object' ? undefined : defaultValue;
}

/** The default value that an empty entry stands for, as a prompt shows it; undefined when there is none. */
export function shownDefault(parameter: Parameter): string | undefined {
  const { defaultValue, dtype } = parameter;
  if (!hasDefault(defaultValue) || (dtype === 'actor' && !mustBeGiven(parameter))) return undefined;
  return typeof defaultValue === 'string' ? defaultValue : JSON.stringify(defaultValue);
}
