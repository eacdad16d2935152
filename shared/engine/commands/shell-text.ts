import type { FlowservError } from '../../errors.ts';
import { type ValueKind, worstKind } from './value-kind.ts';

/** Prefix of the shell variable that holds a value, since a parameter may be called PATH. */
export const VARIABLE_PREFIX = 'FLOWSERV_ARG_';

/** A position in shell text for the value of a variable. */
export interface ShellReference {
  readonly variable: string;
  readonly kind: ValueKind;
  readonly value: string;
}

/** Text made of references: the output of a nested command, or a shell variable. */
export interface DerivedReference {
  readonly variable: null;
  readonly kind: ValueKind;
  readonly value: null;
}

/** Shell text is read as characters and references. */
export type ShellSymbol = string | ShellReference;

/** In a word's shape: a reference that reaches the program as one word. */
export const QUOTED = '\uE000';
/** In a word's shape: a reference whose value the shell splits into words. */
export const UNQUOTED = '\uE001';
/** In a word's shape: any other expansion, whose text is not known. */
export const OTHER = '\uE002';

export interface ShellWord {
  /** The word without its quotes, with the three marks above for its expansions. */
  shape: string;
  /** The references in the shape, in order. */
  readonly references: (ShellReference | DerivedReference)[];
  /** Commands whose output is part of the word. */
  outputOf?: SimpleCommand[];
  /** For each shell variable in the word, the words that the command assigns to it. */
  variables?: (readonly ShellWord[])[];
}

export interface SimpleCommand {
  readonly words: ShellWord[];
  /** References in here-documents and here-strings of this command. */
  readonly stdin: (ShellReference | DerivedReference)[];
  /** Texts of here-documents and here-strings of this command. */
  readonly inputText: ShellWord[];
  /** Files that the command reads as standard input. */
  readonly input: ShellWord[];
  /** Files to which the command's output is written. */
  readonly output: ShellWord[];
  /**
   * Whether the command reads the output of a pipe. `before` and `freeTextBefore` describe the text before it: the
   * number of references, and whether it contains free text.
   */
  readonly piped: boolean;
  readonly before: number;
  readonly freeTextBefore: boolean;
  /** Whether the command is inside `$(…)`. */
  readonly nested: boolean;
}

/** Makes the error for a reference that cannot be passed as data: the reason, and what to write instead. */
export type Refuse = (reason: string, fix: string) => FlowservError;

export interface HereDocument {
  readonly delimiter: string;
  readonly stripTabs: boolean;
  readonly quoted: boolean;
  readonly command: SimpleCommand;
}

export interface Shared {
  readonly out: string[];
  readonly commands: SimpleCommand[];
  readonly seen: ShellReference[];
  /** Shell variables with a value that a participant chose; `@` means the positional ones. */
  readonly derived: Map<string, DerivedReference>;
  /** The words that each shell variable is made of; `@` means the positional ones. */
  readonly assigned: Map<string, ShellWord[]>;
  readonly here: HereDocument[];
  readonly refuse: Refuse;
  depth: number;
  freeText: boolean;
}

export interface Scan {
  readonly symbols: readonly ShellSymbol[];
  at: number;
  readonly shared: Shared;
}

/** Position of an expansion: outside quotes, in double quotes, or in the body of a here-document. */
export type Mode = 'plain' | 'double' | 'here';

export const BEGINS_WITH_REFERENCE = new RegExp(`^[${QUOTED}${UNQUOTED}]`);

export function hasReference(word: ShellWord): boolean {
  return word.references.length > 0;
}

/** Returns the last part of a path, which identifies a program. */
export function baseName(word: ShellWord | undefined): string {
  return word?.shape.split('/').at(-1) ?? '';
}

/** Returns an empty word, also for text that is scanned only for its references. */
export function emptyWord(): ShellWord {
  return { shape: '', references: [] };
}

/** Writes a reference to the output and to the shape of its word. */
export function reference(s: Scan, symbol: ShellReference, word: ShellWord, mode: Mode): void {
  s.at += 1;
  s.shared.out.push(`\${${VARIABLE_PREFIX}${symbol.variable}}`);
  s.shared.seen.push(symbol);
  s.shared.freeText ||= symbol.kind === 'text';
  mark(word, symbol, mode);
}

/** Returns the derived reference for text made of these references. */
export function derivedFrom(references: readonly { readonly kind: ValueKind }[]): DerivedReference {
  return { variable: null, kind: worstKind(references.map(({ kind }) => kind)), value: null };
}

/** Adds a reference's mark to a word's shape. */
export function mark(word: ShellWord, made: ShellReference | DerivedReference, mode: Mode): void {
  word.shape += mode === 'plain' ? UNQUOTED : QUOTED;
  word.references.push(made);
}

/** Adds a character of the text to the shape; replaces a character that looks like a mark by an ordinary letter. */
export function addTo(word: ShellWord, text: string): void {
  word.shape += text.replace(/[\uE000-\uE002]/g, 'x');
}

/** Copies characters to the output; stops at the end of the text. */
export function take(s: Scan, count = 1): void {
  for (let taken = 0; taken < count && s.at < s.symbols.length; taken += 1) {
    const symbol = s.symbols[s.at];
    if (typeof symbol === 'string') {
      s.shared.out.push(symbol);
      s.at += 1;
    }
  }
}

/** Copies blanks. */
export function takeBlanks(s: Scan): void {
  while (s.symbols[s.at] === ' ' || s.symbols[s.at] === '\t') {
    take(s);
  }
}

/** Copies the rest of a variable's name, and returns it. */
export function takeName(s: Scan): string {
  let name = '';
  for (let next = s.symbols[s.at]; typeof next === 'string' && /\w/.test(next); next = s.symbols[s.at]) {
    name += next;
    take(s);
  }
  return name;
}

/** Returns the text between backquotes as the shell parses it. */
export const withoutEscapes = (content: readonly ShellSymbol[]): readonly ShellSymbol[] => [
  ...content.join('').replace(/\\([$`\\])/g, '$1'),
];
