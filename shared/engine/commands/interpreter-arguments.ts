import { type Check, DASHES, hasText, isChosen, refuseUnquoted, type Seen } from './check.ts';
import { isStandardInput, reportContent, reportNamed, reportStandardInput } from './code-content.ts';
import type { Interpreter } from './interpreters.ts';
import { checkOneWord, checkOperands, refuseOption } from './operands.ts';
import {
  BEGINS_WITH_REFERENCE,
  emptyWord,
  hasReference,
  type ShellWord,
  type SimpleCommand,
  UNQUOTED,
} from './shell-text.ts';

/** The result of reading a program's arguments. */
interface Walk {
  /** Whether code was given as an option or is in a file. */
  code: boolean;
  operands: number;
  /** Whether the arguments ask for code from standard input. */
  stdin: boolean;
}

/**
 * Rejects references in the code that an interpreter gets as an argument or on standard input.
 *
 * @throws FlowservError created by `check.refuse`.
 */
export function checkInterpreter(
  interpreter: Interpreter,
  args: readonly ShellWord[],
  command: SimpleCommand,
  check: Check,
): void {
  const walk = walkArguments(interpreter, args, 0, check, command);
  const readsCode = interpreter.stdin === true && !walk.code && (walk.operands === 0 || walk.stdin);
  if (readsCode && (command.stdin.length > 0 || (command.piped && command.before > 0))) {
    throw check.refuse('a reference is in code that is read from standard input', interpreter.fix);
  }
  const { seen } = check;
  if (readsCode && seen)
    reportStandardInput(command, seen, (text) => reportCodeText(interpreter, text, seen));
}

/**
 * Reads arguments as the interpreter does: options with code, options with values, operands.
 *
 * @param start Index of the first argument.
 * @param command the command, to check operands and values too; null stops at the first operand.
 */
export function walkArguments(
  interpreter: Interpreter,
  args: readonly ShellWord[],
  start: number,
  check: Check,
  command: SimpleCommand | null,
): Walk {
  const walk: Walk = { code: false, operands: 0, stdin: false };
  let options = true;
  for (let index = start; index < args.length; index += 1) {
    const word = args[index] ?? emptyWord();
    const module = options ? interpreter.moduleOption?.exec(word.shape) : null;
    if (options && word.shape === '--') {
      options = false;
    } else if (module && command !== null) {
      walk.code = true;
      checkModule(module[1] ?? '', args.slice(index), command, check);
      return walk;
    } else if (options && isOption(word)) {
      const taken = option(interpreter, args, index, walk, check);
      if (taken === null) {
        return walk;
      }
      if (command !== null) {
        checkOptionWords(interpreter, args.slice(index, index + 1 + taken), check);
      }
      index += taken;
    } else if (command === null) {
      return walk;
    } else if (!options || !vanishes(interpreter, word, check)) {
      operand(interpreter, word, walk, check, options);
      options &&= interpreter.permutes ?? false;
      if (interpreter.script) {
        checkOperands(args.slice(index + 1), check);
        return walk;
      }
    }
  }
  return walk;
}

/** `python -m name …` runs the program `name`. */
function checkModule(
  attached: string,
  [word, ...rest]: readonly ShellWord[],
  command: SimpleCommand,
  check: Check,
): void {
  const name = attached === '' ? [] : [{ shape: attached, references: word?.references ?? [] }];
  const module = name[0] ?? rest[0];
  if (module) check.seen?.file({ ...module, shape: `${module.shape.replaceAll('.', '/')}.py` });
  check.again([...name, ...rest], command);
}

/** Checks the option at an index. Returns how many of the next words belong to it, or null if no option can follow. */
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
    throw check.refuse('a reference is in code for a second interpreter', interpreter.fix);
  }
  if (BEGINS_WITH_REFERENCE.test(word.shape.slice(1))) {
    throw check.refuse('a reference chooses an option of an interpreter', 'write out the option');
  }
  const separate = isFile && /^-(?:[a-z]|file|-[a-z-]+)$/i.test(word.shape) ? 1 : 0;
  reportCode(
    interpreter,
    isFile ? (separate === 1 ? args[index + 1] : word) : undefined,
    isCode ? args[code] : holdsCode ? word : undefined,
    check,
  );
  walk.code ||= isCode || holdsCode || isFile;
  walk.stdin ||= word.shape === '-s';
  if (isCode && interpreter.codeEndsOptions) {
    return null;
  }
  const values = interpreter.valueOptions?.[word.shape] ?? interpreter.dataOptions?.[word.shape];
  return isCode ? 1 : (values ?? separate);
}

function reportCode(
  interpreter: Interpreter,
  file: ShellWord | undefined,
  code: ShellWord | undefined,
  { seen }: Check,
): void {
  if (file !== undefined) seen?.file({ ...file, shape: file.shape.replace(/^-(?:-file=|f)/, '') });
  if (code === undefined || seen === undefined) return;
  reportCodeText(interpreter, code, seen);
}

function reportCodeText({ name, shell, stdin }: Interpreter, code: ShellWord, seen: Seen): void {
  reportContent(code, seen);
  if (shell) seen.commandLine(code.shape);
  else if (stdin || name.test('awk')) reportNamed(code.shape, name.test('python'), seen);
}

/** Checks an option with its own words: they choose what the interpreter loads, unless they are known as data. */
function checkOptionWords(interpreter: Interpreter, words: readonly ShellWord[], check: Check): void {
  for (const word of words) {
    refuseUnquoted(word, 'among the options of an interpreter', check);
  }
  const shape = words[0]?.shape ?? '';
  const data = Object.keys(interpreter.dataOptions ?? {}).some(
    (name) => shape === name || shape.startsWith(name.startsWith('--') ? `${name}=` : name),
  );
  if (!data && words.some(hasText)) {
    throw check.refuse('a reference chooses what an interpreter loads', 'write out the option');
  }
}

function operand(
  interpreter: Interpreter,
  word: ShellWord,
  walk: Walk,
  check: Check,
  options: boolean,
): void {
  const first = interpreter.codeOperand ?? Number.POSITIVE_INFINITY;
  const isCode = walk.operands === first || (interpreter.restIsCode === true && walk.operands > first);
  if (isCode && !walk.code && hasReference(word)) {
    throw check.refuse('a reference is in code for a second interpreter', interpreter.fix);
  }
  if (interpreter.script && !walk.code && hasText(word)) {
    const fix = 'name the file, or declare the parameter as a file or a select list';
    throw check.refuse('a reference chooses the code that an interpreter runs', fix);
  }
  if (options && hasText(word) && BEGINS_WITH_REFERENCE.test(word.shape)) {
    throw check.refuse('a reference can be an option of an interpreter', DASHES);
  }
  if (interpreter.script && !walk.code && !isStandardInput(word)) check.seen?.file(word);
  if (isCode && !walk.code && check.seen) reportCodeText(interpreter, word, check.seen);
  checkOneWord(word, check);
  walk.stdin ||= isStandardInput(word);
  walk.operands += 1;
}

/**
 * Whether a word disappears because its value is empty. Rejects a value that the interpreter would read as an option
 * instead of an operand, since `-c` and `-e` are options too.
 */
function vanishes(interpreter: Interpreter, word: ShellWord, check: Check): boolean {
  const [reference] = BEGINS_WITH_REFERENCE.test(word.shape) ? word.references : [];
  if (reference === undefined || reference.value === null || reference.kind === 'number') {
    return false;
  }
  if (isChosen(reference)) {
    refuseOption(word, check);
  }
  const { value } = reference;
  const split = word.shape.startsWith(UNQUOTED);
  const fields = split ? value.split(/[ \t\n]+/).filter((field) => field !== '') : [value];
  const read = interpreter.permutes ? fields : fields.slice(0, 1);
  if (read.some((field) => field.startsWith('-') && field !== '-')) {
    const fix = `${DASHES}, or give a value that does not begin with '-'`;
    throw check.refuse(`the value of '${reference.variable}' would be an option of an interpreter`, fix);
  }
  return fields.length === 0 && word.shape.length === 1;
}

/** Whether a word after `-c` is a further option and not the code, as in `sh -c -e code`. */
function isLiteralOption(word: ShellWord | undefined): boolean {
  return word !== undefined && isOption(word) && !hasReference(word);
}

function isOption(word: ShellWord): boolean {
  return word.shape.startsWith('-') && word.shape.length > 1;
}
