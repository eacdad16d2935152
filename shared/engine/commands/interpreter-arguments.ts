import { INTERPRETERS, type Interpreter } from './interpreters.ts';
import {
  BEGINS_WITH_REFERENCE,
  baseName,
  emptyWord,
  hasReference,
  type Refuse,
  type ShellWord,
  type SimpleCommand,
  UNQUOTED,
} from './shell-text.ts';

/** The value of a variable, or null when it is not known (while a template is checked, without arguments). */
export type ValueOf = (variable: string) => string | null;

export interface Check {
  readonly valueOf: ValueOf;
  readonly refuse: Refuse;
}

const QUOTE = 'put double quotes around the reference';

/** What the walk over a program's arguments found. */
interface Walk {
  /** Whether code was given as an option or is in a file. */
  code: boolean;
  operands: number;
  /** Whether the arguments ask for code from standard input. */
  stdin: boolean;
}

/**
 * Refuses references in the code that an interpreter gets as an argument or on standard input.
 *
 * @throws FlowservError made by `check.refuse`.
 */
export function checkInterpreter(
  interpreter: Interpreter,
  args: readonly ShellWord[],
  command: SimpleCommand,
  check: Check,
): void {
  const walk = walkArguments(interpreter, args, 0, check, 'operands');
  const readsCode = interpreter.stdin === true && !walk.code && (walk.operands === 0 || walk.stdin);
  if (readsCode && (command.stdin.length > 0 || (command.piped && command.before > 0))) {
    throw check.refuse('a reference stands in code that is read from standard input', interpreter.mend);
  }
}

/**
 * Reads arguments as the interpreter does: options with code, options with values, operands.
 *
 * @param start Index of the first argument.
 * @param also 'operands' to check operands and values too; null stops at the first operand.
 */
export function walkArguments(
  interpreter: Interpreter,
  args: readonly ShellWord[],
  start: number,
  check: Check,
  also: 'operands' | null,
): Walk {
  const walk: Walk = { code: false, operands: 0, stdin: false };
  let options = true;
  for (let index = start; index < args.length; index += 1) {
    const word = args[index] ?? emptyWord();
    if (options && word.shape === '--') {
      options = false;
    } else if (options && isOption(word)) {
      const taken = option(interpreter, args, index, walk, check);
      if (taken === null) {
        return walk;
      }
      if (
        also !== null &&
        args.slice(index, index + 1 + taken).some((part) => part.shape.includes(UNQUOTED))
      ) {
        throw check.refuse('an unquoted reference stands among the options of an interpreter', QUOTE);
      }
      index += taken;
    } else if (also === null) {
      return walk;
    } else if (!options || !vanishes(interpreter, word, check)) {
      operand(interpreter, word, walk, check);
      options &&= interpreter.permutes ?? false;
    }
  }
  return walk;
}

/** Checks the option at an index; returns how many further words are its own, or null when no option can follow. */
function option(
  interpreter: Interpreter,
  args: readonly ShellWord[],
  index: number,
  walk: Walk,
  check: Check,
): number | null {
  const word = args[index] ?? emptyWord();
  const isCode = interpreter.codeOption?.test(word.shape) ?? false;
  const holdsCode = interpreter.attachedCode?.test(word.shape) ?? false;
  const isFile = interpreter.fileOption?.test(word.shape) ?? false;
  const evaluated = holdsCode || (interpreter.evaluatedOption?.test(word.shape) ?? false);
  let code = index + 1;
  while (isCode && interpreter.codeEndsOptions && isLiteralOption(args[code])) {
    code += 1;
  }
  if ((evaluated && hasReference(word)) || (isCode && hasReference(args[code] ?? emptyWord()))) {
    throw check.refuse('a reference stands in code for a second interpreter', interpreter.mend);
  }
  if (BEGINS_WITH_REFERENCE.test(word.shape.slice(1))) {
    throw check.refuse('a reference chooses an option of an interpreter', 'write the option out');
  }
  walk.code ||= isCode || holdsCode || isFile;
  walk.stdin ||= word.shape === '-s';
  if (isCode && interpreter.codeEndsOptions) {
    return null;
  }
  const separate = isFile && /^-(?:[a-z]|-[a-z-]+)$/.test(word.shape) ? 1 : 0;
  return isCode ? 1 : (interpreter.valueOptions?.[word.shape] ?? separate);
}

function operand(interpreter: Interpreter, word: ShellWord, walk: Walk, check: Check): void {
  const first = interpreter.codeOperand ?? Number.POSITIVE_INFINITY;
  const isCode = walk.operands === first || (interpreter.restIsCode === true && walk.operands > first);
  if (isCode && !walk.code && hasReference(word)) {
    throw check.refuse('a reference stands in code for a second interpreter', interpreter.mend);
  }
  walk.stdin ||= word.shape === '-';
  walk.operands += 1;
}

/**
 * Whether a word disappears because its value is empty. Where its value would be read as an option of the
 * interpreter instead of an operand, it is refused: `-c` and `-e` are options too.
 */
function vanishes(interpreter: Interpreter, word: ShellWord, check: Check): boolean {
  const variable = BEGINS_WITH_REFERENCE.test(word.shape) ? word.variables[0] : null;
  const value = typeof variable === 'string' ? check.valueOf(variable) : null;
  if (value === null) {
    return false;
  }
  const split = word.shape.startsWith(UNQUOTED);
  const fields = split ? value.split(/[ \t\n]+/).filter((field) => field !== '') : [value];
  const read = interpreter.permutes ? fields : fields.slice(0, 1);
  if (read.some((field) => field.startsWith('-') && field !== '-')) {
    const mend = "write -- in front of the reference, or give a value that does not begin with '-'";
    throw check.refuse(`the value of '${variable}' would be an option of an interpreter`, mend);
  }
  return fields.length === 0 && word.shape.length === 1;
}

/** The interpreter that a word names, by the base name of a path. */
export function interpreterOf(word: ShellWord): Interpreter | undefined {
  const name = baseName(word);
  return INTERPRETERS.find((interpreter) => interpreter.name.test(name));
}

/** In `sh -c -e code` the code comes after further options. */
function isLiteralOption(word: ShellWord | undefined): boolean {
  return word !== undefined && isOption(word) && !hasReference(word);
}

function isOption(word: ShellWord): boolean {
  return word.shape.startsWith('-') && word.shape.length > 1;
}
