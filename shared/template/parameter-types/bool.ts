/** Booleans. */
import { pythonText, quotedText } from '../../documents/python-text.ts';
import type { PythonValue } from '../../documents/python-value.ts';
import { type CastContext, castFault } from './cast-context.ts';
import {
  type Declaration,
  type EntryReading,
  type Form,
  type ParameterBase,
  plainScalar,
  withoutFiles,
} from './descriptor.ts';

export interface BoolParameter extends ParameterBase {
  readonly dtype: 'bool';
}

export const declaration: Declaration<BoolParameter> = {
  elements: [],
  read: (base) => base,
  document: () => ({}),
  ...withoutFiles,
};

const TRUE_TEXTS = new Set(['1', 't', 'true']);
const FALSE_TEXTS = new Set(['', '0', 'f', 'false']);

/**
 * Returns a boolean from values that forms and scripts send: booleans, null (false) and the texts `1`, `t`, `true`,
 * `0`, `f`, `false` in any case. `yes`, `on` and blanks are errors.
 */
export function cast(_parameter: BoolParameter, value: PythonValue, context: CastContext): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  const text = pythonText(value).toLowerCase();
  if (TRUE_TEXTS.has(text)) return true;
  if (FALSE_TEXTS.has(text)) return false;
  throw castFault(context, `not a Boolean '${quotedText(value)}'`);
}

export const form: Form<BoolParameter> = {
  schema: () => ({ type: 'boolean' }),
  plain: plainScalar,
};

const YES = new Set(['true', 'yes', 'y', 't', '1']);
const NO = new Set(['false', 'no', 'n', 'f', '0']);

/** Accepts more words than the API, which gets a real boolean (flowServ command line, parameter input). */
export function entry(text: string): EntryReading {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return { ok: true, value: true };
  if (NO.has(word)) return { ok: true, value: false };
  return { ok: false, fault: `'${text.trim()}' is neither yes nor no` };
}
