import type { FlowservError } from '../../errors.ts';
import { type ValueKind, worstKind } from './value-kind.ts';

/** Begins the name of the shell variable that holds a value; a parameter may be called PATH. */
export const VARIABLE_PREFIX = 'FLOWSERV_ARG_';

/** A place in shell text where the value of a variable goes. */
export interface ShellReference {
  readonly variable: string;
  readonly kind: ValueKind;
  readonly value: string;
}

/** Text that is made of references: the output of a nested command, or a variable of the shell. */
export interface DerivedReference {
  readonly variable: null;
  readonly kind: ValueKind;
  readonly value: null;
}

/** Shell text is read as characters and references. */
export type ShellSymbol = string | ShellReference;

/** Stands in a word's shape for a reference that reaches the program as one piece. */
export const QUOTED = '\uE000';
/** Stands for a reference whose value the shell splits into words. */
export const UNQUOTED = '\uE001';
/** Stands for any other expansion, whose text is not known. */
export const OTHER = '\uE002';

export interface ShellWord {
  /** The word without its quotes, with the three marks above for its expansions. */
  shape: string;
  /** The references in the shape, in order. */
  readonly references: (ShellReference | DerivedReference)[];
}

export interface SimpleCommand {
  readonly words: ShellWord[];
  /** References in here-documents and here-strings of this command. */
  readonly stdin: (ShellReference | DerivedReference)[];
  /** Files that it reads as its standard input. */
  readonly input: ShellWord[];
  /** Whether it reads the output of a pipe, and what stands before it in the text: how many references, and free text. */
  readonly piped: boolean;
  readonly before: number;
  readonly freeTextBefore: boolean;
  /** Whether it stands in a `$(…)`. */
  readonly nested: boolean;
}

/** Makes the error for a reference that cannot be handed over as data: why, and what to write instead. */
export type Refuse = (reason: string, mend: string) => FlowservError;

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
  /** Variables of the shell that hold what a participant has chosen; `@` stands for the positional ones. */
  readonly derived: Map<string, DerivedReference>;
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

/** Where an expansion stands: outside quotes, in double quotes, or in the body of a here-document. */
export type Mode = 'plain' | 'double' | 'here';

export const BEGINS_WITH_REFERENCE = new RegExp(`^[${QUOTED}${UNQUOTED}]`);

export function hasReference(word: ShellWord): boolean {
  return word.references.length > 0;
}

/** The last part of a word that is a path, as programs are known by it. */
export function baseName(word: ShellWord | undefined): string {
  return word?.shape.split('/').at(-1) ?? '';
}

/** A word without characters, also for text that is scanned only for its references. */
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

/** What is made of these references. */
export function derivedFrom(references: readonly { readonly kind: ValueKind }[]): DerivedReference {
  return { variable: null, kind: worstKind(references.map(({ kind }) => kind)), value: null };
}

/** Adds a reference's mark to a word's shape. */
export function mark(word: ShellWord, made: ShellReference | DerivedReference, mode: Mode): void {
  word.shape += mode === 'plain' ? UNQUOTED : QUOTED;
  word.references.push(made);
}

/** Adds a character of the text to the shape; one that looks like a mark becomes an ordinary letter. */
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
