import { INTERPRETERS, type Interpreter } from './interpreters.ts';
import { baseName, type ShellWord } from './shell-text.ts';
import { CLOSED_PROGRAMS, STRICT_PROGRAMS } from './strict-programs.ts';
import { WRAPPERS } from './wrappers.ts';

/** The interpreter that a word names, by the base name of a path. */
export function interpreterOf(word: ShellWord | undefined): Interpreter | undefined {
  const name = baseName(word);
  return INTERPRETERS.find((interpreter) => interpreter.name.test(name));
}

/** Whether the tables describe how this program treats its arguments. */
export function isKnownProgram(name: string): boolean {
  const listed = WRAPPERS.has(name) || STRICT_PROGRAMS.has(name) || CLOSED_PROGRAMS.has(name);
  return listed || INTERPRETERS.some((interpreter) => interpreter.name.test(name));
}
