/** Booleans and texts. */

import { pythonText, quotedText } from '../../documents/python-text.ts';
import { isMapping, type PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault } from './cast-context.ts';

const TRUE_TEXTS = new Set(['1', 't', 'true']);
const FALSE_TEXTS = new Set(['', '0', 'f', 'false']);

/**
 * A boolean from what forms and scripts send: booleans, null (false) and the texts `1`, `t`, `true`, `0`,
 * `f`, `false` in any case. `yes`, `on` and blanks are errors.
 */
export function castBool(value: PythonValue, context: CastContext): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  const text = pythonText(value).toLowerCase();
  if (TRUE_TEXTS.has(text)) return true;
  if (FALSE_TEXTS.has(text)) return false;
  throw castFault(context, `not a Boolean '${quotedText(value)}'`);
}

/**
 * The Python text of any value. Two things are refused that could not reach a command unchanged: wire
 * objects such as `{"type": "$file", …}`, and the NUL character, which no process argument can hold.
 */
export function castString(value: PythonValue, context: CastContext): string {
  if (isMapping(value) && Object.hasOwn(value, 'type')) {
    throw castFault(context, `a value of type '${quotedText(value.type ?? null)}' is no text`);
  }
  const text = pythonText(value);
  if (text.includes('\0')) throw castFault(context, 'the text holds a NUL character');
  return text;
}
