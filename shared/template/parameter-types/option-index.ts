import { pythonText } from '../../documents/python-text.ts';
import {
  isList,
  isMapping,
  numericValue,
  type PythonValue,
  toJsonValue,
} from '../../documents/python-value.ts';

export interface SelectOption {
  readonly name: string;
  readonly value: PythonValue;
  readonly isDefault?: boolean;
}

/** Options by the content of their values, and by their text. */
interface OptionIndex {
  readonly byValue: ReadonlyMap<string, readonly SelectOption[]>;
  readonly byText: ReadonlyMap<string, SelectOption>;
}

/**
 * One index for each list of options, so that a list of 20,000 values with 4,000 options does not need 80 million
 * comparisons.
 */
const indexes = new WeakMap<readonly SelectOption[], OptionIndex>();

/**
 * Returns the few options whose values may equal this one, in their order: those with the same content, with numbers
 * compared as doubles. A long integer is then among the options that JavaScript rounds to the same number.
 */
export const optionsLike = (options: readonly SelectOption[], value: PythonValue): readonly SelectOption[] =>
  indexOf(options).byValue.get(contentKey(value)) ?? [];

/** Returns the first option for which a form would send this text: its Python text or its JSON text. */
export const optionWithText = (options: readonly SelectOption[], text: string): SelectOption | undefined =>
  indexOf(options).byText.get(text);

function indexOf(options: readonly SelectOption[]): OptionIndex {
  const known = indexes.get(options);
  if (known) return known;
  const byText = new Map<string, SelectOption>();
  for (const option of options) {
    for (const text of textsOf(option)) if (!byText.has(text)) byText.set(text, option);
  }
  const index = { byValue: Map.groupBy(options, ({ value }) => contentKey(value)), byText };
  indexes.set(options, index);
  return index;
}

function textsOf({ value }: SelectOption): string[] {
  const json = toJsonValue(value);
  return typeof json === 'string' ? [pythonText(value)] : [pythonText(value), JSON.stringify(json)];
}

/** Equal values have equal keys, but equal keys do not imply equal values. */
function contentKey(value: PythonValue): string {
  const number = numericValue(value);
  if (number !== undefined) return String(number);
  if (isList(value)) return `[${value.map(contentKey).join()}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${contentKey(item)}`);
  return `{${entries.sort().join()}}`;
}
