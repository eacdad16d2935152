/**
 * JSON as Python reads and writes it: `10.0` stays different from `10`, integers keep all their digits, and the
 * literals `NaN`, `Infinity` and `-Infinity` are values.
 *
 * Source: Python documentation, module `json`, "Standard Compliance and Interoperability".
 */
import { invalidTemplate } from '../errors.ts';
import { numberOfJson } from './python-number.ts';
import { pythonLiteral } from './python-text.ts';
import {
  isList,
  isMapping,
  MAX_DEPTH,
  PythonFloat,
  type PythonMapping,
  type PythonValue,
} from './python-value.ts';

/** Maximum length of a document, in characters (10 MB, the maximum size of a request to the gateway). */
export const MAX_DOCUMENT_LENGTH = 10_000_000;

export interface ReadOptions {
  /** Name of the document in error messages; default `document`. */
  readonly name?: string;
  /** Maximum length of the text, in characters; default `MAX_DOCUMENT_LENGTH`. */
  readonly maxLength?: number;
  /** Called for each repeated key of a mapping. The last value applies, as in Python. */
  readonly onRepeatedKey?: OnRepeatedKey | undefined;
}

/** @param where returns the location as `name:line:column` */
export type OnRepeatedKey = (key: string, where: () => string) => void;

const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const WORDS: readonly (readonly [string, PythonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

/** Returns the line and column of a position, counted from 1, for error messages. */
function lineAndColumn(text: string, position: number): string {
  const before = text.slice(0, position);
  return `${before.split('\n').length}:${position - before.lastIndexOf('\n')}`;
}

class JsonReader {
  readonly #text: string;
  readonly #name: string;
  readonly #onRepeatedKey: OnRepeatedKey | undefined;
  #position = 0;

  constructor(text: string, name: string, onRepeatedKey: OnRepeatedKey | undefined) {
    this.#text = text;
    this.#name = name;
    this.#onRepeatedKey = onRepeatedKey;
  }

  read(): PythonValue {
    const value = this.#value(0);
    if (this.#next() !== '') throw this.#fault('nothing may follow the value');
    return value;
  }

  #where(position = this.#position): string {
    return `${this.#name}:${lineAndColumn(this.#text, position)}`;
  }

  #fault(message: string) {
    return invalidTemplate(`${this.#where()}: ${message}`);
  }

  /** Returns the next character that is not blank, without consuming it; empty at the end. */
  #next(): string {
    BLANKS.lastIndex = this.#position;
    BLANKS.test(this.#text);
    this.#position = BLANKS.lastIndex;
    return this.#text.charAt(this.#position);
  }

  #take(expected: string): void {
    if (this.#next() !== expected) throw this.#fault(`expected '${expected}'`);
    this.#position += 1;
  }

  #value(depth: number): PythonValue {
    const first = this.#next();
    if (first === '{' || first === '[') {
      if (depth >= MAX_DEPTH) throw this.#fault(`lists and objects nest more than ${MAX_DEPTH} deep`);
      this.#position += 1;
      return first === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    return first === '"' ? this.#string() : this.#scalar();
  }

  #array(depth: number): PythonValue {
    const items: PythonValue[] = [];
    while (this.#next() !== ']') {
      if (items.length > 0) this.#take(',');
      items.push(this.#value(depth));
    }
    this.#position += 1;
    return items;
  }

  #object(depth: number): PythonMapping {
    const entries: [string, PythonValue][] = [];
    const keys = new Set<string>();
    while (this.#next() !== '}') {
      if (entries.length > 0) this.#take(',');
      if (this.#next() !== '"') throw this.#fault('expected a key in double quotes');
      const start = this.#position;
      const key = this.#string();
      if (keys.has(key)) this.#onRepeatedKey?.(key, () => this.#where(start));
      keys.add(key);
      this.#take(':');
      entries.push([key, this.#value(depth)]);
    }
    this.#position += 1;
    // The last of repeated keys applies; `__proto__` becomes an ordinary member.
    return Object.fromEntries(entries);
  }

  #string(): string {
    const start = this.#position;
    let end = start + 1;
    while (end < this.#text.length && this.#text.charAt(end) !== '"') {
      end += this.#text.charAt(end) === '\\' ? 2 : 1;
    }
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end + 1));
      if (typeof value !== 'string') throw this.#fault('expected a string');
      this.#position = end + 1;
      return value;
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw this.#fault('a string does not end, or contains a raw control character or an unknown escape');
    }
  }

  #scalar(): PythonValue {
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#position)) {
        this.#position += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.#position;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#fault('expected a value');
    const value = numberOfJson(match[0]);
    if (value === undefined) throw this.#fault('an integer has too many digits');
    this.#position += match[0].length;
    return value;
  }
}

/**
 * Reads one JSON document.
 *
 * @throws 400 with `name:line:column` if the text is not valid JSON, too long or nested too deep.
 */
export function parseJson(text: string, options: ReadOptions = {}): PythonValue {
  const { name = 'document', maxLength = MAX_DOCUMENT_LENGTH, onRepeatedKey } = options;
  if (text.length > maxLength) throw invalidTemplate(`${name}: longer than ${maxLength} characters`);
  return new JsonReader(text, name, onRepeatedKey).read();
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? pythonLiteral(value) : value > 0 ? 'Infinity' : '-Infinity';
}

/** Writes a value so that `parseJson` returns the same value; strict JSON unless it contains NaN or infinities. */
export function writeJson(value: PythonValue): string {
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint' || value instanceof PythonFloat) return pythonLiteral(value);
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`;
  if (!isMapping(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`);
  return `{${members.join(',')}}`;
}
