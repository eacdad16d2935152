import type { Parameter } from '../../../shared/api/answers.ts';
import type { Entry } from '../../../shared/template/parameter-types/descriptor.ts';
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
 * What a text means as the argument of a parameter, as the API wants it. Files are not read here.
 *
 * @param text as typed; empty stands for the default value
 * @returns undefined when the argument is to be left out, so that the server's default applies
 * @throws InvalidEntry with a sentence for the user
 */
export function parseValue(parameter: Parameter, text: string): unknown {
  const { defaultValue, values = [] } = parameter;
  if (text.trim() === '' && hasDefault(defaultValue))
    return isScalar(defaultValue) ? defaultValue : undefined;
  const entry = entryOf(parameter);
  if (entry === 'file') return text;
  const reading = entry(text, values);
  if (!reading.ok) throw new InvalidEntry(reading.fault);
  return reading.value;
}

export const hasDefault = (value: unknown): boolean => value !== undefined && value !== null;

const isScalar = (value: unknown) => typeof value !== 'object';
