/** Texts. */
import { pythonText, quotedText } from '../../documents/python-text.ts';
import { isMapping, type PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault } from './cast-context.ts';
import {
  type Declaration,
  type EntryReading,
  type Form,
  type ParameterBase,
  plainScalar,
  WITHOUT_NUL,
  withoutFiles,
} from './descriptor.ts';

export interface StringParameter extends ParameterBase {
  readonly dtype: 'string';
}

export const declaration: Declaration<StringParameter> = {
  elements: [],
  read: (base) => base,
  document: () => ({}),
  ...withoutFiles,
};

/**
 * Returns the Python text of any value. Rejects two kinds of values that could not reach a command unchanged: wire
 * objects such as `{"type": "$file", …}`, and the NUL character, which no process argument can contain.
 */
export function cast(_parameter: StringParameter, value: PythonValue, context: CastContext): string {
  if (isMapping(value) && Object.hasOwn(value, 'type')) {
    throw castFault(context, `a value of type '${quotedText(value.type ?? null)}' is not text`);
  }
  const text = pythonText(value);
  if (text.includes('\0')) throw castFault(context, 'the text contains a NUL character');
  return text;
}

export const form: Form<StringParameter> = {
  schema: () => ({ type: 'string', ...WITHOUT_NUL }),
  plain: plainScalar,
};

/** The text as typed, blanks included. */
export const entry = (text: string): EntryReading => ({ ok: true, value: text });
