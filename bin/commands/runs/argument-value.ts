import type { Parameter } from '../../../shared/api/answers.ts';
import { exactJson, parseExactly } from '../../../shared/documents/exact-json.ts';

const YES = new Set(['true', 'yes', 'y', 't', '1']);
const NO = new Set(['false', 'no', 'n', 'f', '0']);
const INT = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^[+-]?inf$/i;

/** Raised for what a user has entered and might enter better. */
export class InvalidEntry extends Error {}

/**
 * What a text means as the argument of a parameter, as the API wants it. Files are not read here.
 *
 * @param text as typed; empty stands for the default value
 * @returns undefined when the argument is to be left out, so that the server's default applies
 * @throws InvalidEntry with a sentence for the user
 */
export function readValue({ dtype, defaultValue, values }: Parameter, text: string): unknown {
  const typed = text.trim();
  if (typed === '' && hasDefault(defaultValue)) return isScalar(defaultValue) ? defaultValue : undefined;
  switch (dtype) {
    case 'bool':
      return readBool(typed);
    case 'int':
      return readNumber(typed, INT, 'int');
    case 'float':
      return readNumber(typed, FLOAT, 'float');
    case 'select':
      return values?.find(({ name, value }) => name === typed || String(value) === typed)?.value ?? text;
    case 'list':
    case 'record':
    case 'actor':
      return readJson(typed, dtype);
    default:
      return text;
  }
}

export const hasDefault = (value: unknown): boolean => value !== undefined && value !== null;

const isScalar = (value: unknown) => typeof value !== 'object';

/** A wider vocabulary than the API's, which gets a real boolean (flowServ command line, parameter input). */
function readBool(text: string): boolean {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  throw new InvalidEntry(`'${text}' is neither yes nor no`);
}

/** Numbers that JSON cannot hold go as text, which the API understands. */
function readNumber(text: string, syntax: RegExp, type: string): number | string {
  if (INFINITE.test(text)) return text.startsWith('-') ? '-inf' : 'inf';
  if (!syntax.test(text)) throw new InvalidEntry(`'${text}' is no ${type}`);
  const number = Number(text);
  return type === 'int' && !Number.isSafeInteger(number) ? text : number;
}

function readJson(text: string, type: string): unknown {
  try {
    // Numbers as they are written, which the server tells apart.
    return exactJson(parseExactly(text));
  } catch {
    throw new InvalidEntry(`a ${type} is given as JSON`);
  }
}
