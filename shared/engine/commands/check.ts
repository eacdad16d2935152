import type { DerivedReference, Refuse, ShellReference, ShellWord, SimpleCommand } from './shell-text.ts';
import { UNQUOTED } from './shell-text.ts';

type AnyReference = ShellReference | DerivedReference;

/** Called for what commands run, as the check finds it. */
export interface Seen {
  /** A file with code; undefined if the file has no name, such as the output of a pipe. */
  readonly file: (word: ShellWord | undefined) => void;
  /** The word that names a program. */
  readonly program: (word: ShellWord) => void;
  /**
   * A file or folder that is copied to a path; `from` is undefined if it has no name. `whole`: its content becomes the
   * content of the folder `to`.
   */
  readonly copy: (from: ShellWord | undefined, to: ShellWord, whole: boolean) => void;
  /** The folder in which the next commands run. */
  readonly folder: (word: ShellWord) => void;
  /** Text that the shell runs as another command line. */
  readonly commandLine: (text: string) => void;
}

/** Shared by the rules about a command's words. */
export interface Check {
  readonly refuse: Refuse;
  /** Receives advice for the organiser about a command that can be used. */
  readonly note: (reason: string) => void;
  readonly seen?: Seen | undefined;
  /** Checks words that are themselves a command, because another program runs them. */
  readonly again: (words: readonly ShellWord[], command: SimpleCommand) => void;
}

export const QUOTE = 'put double quotes around the reference';
export const DASHES = 'write -- in front of the reference';

/** Whether a participant chose the value: free text, or the path of an upload. */
export function isChosen(reference: AnyReference | undefined): boolean {
  return reference?.kind === 'text' || reference?.kind === 'file';
}

export function hasText(word: ShellWord | undefined): boolean {
  return word?.references.some(({ kind }) => kind === 'text') ?? false;
}

/** Returns the references of a word whose values the shell splits; numbers contain no blanks. */
export function splitReferences(word: ShellWord): readonly AnyReference[] {
  const marks = [...word.shape].filter((character) => character >= '\uE000' && character <= '\uE001');
  return word.references.filter(({ kind }, index) => marks[index] === UNQUOTED && kind !== 'number');
}

/** @throws FlowservError created by `check.refuse` for an unquoted reference that is not a number. */
export function refuseUnquoted(word: ShellWord, position: string, check: Check): void {
  if (splitReferences(word).length > 0) {
    throw check.refuse(`an unquoted reference is ${position}`, QUOTE);
  }
}
