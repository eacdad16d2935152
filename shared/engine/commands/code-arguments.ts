import {
  type Check,
  checkInterpreter,
  interpreterOf,
  type ValueOf,
  walkArguments,
} from './interpreter-arguments.ts';
import { WRAPPERS } from './interpreters.ts';
import {
  BEGINS_WITH_REFERENCE,
  baseName,
  hasReference,
  QUOTED,
  type Refuse,
  type ShellWord,
  type SimpleCommand,
  UNQUOTED,
} from './shell-text.ts';

const REFERENCE = new RegExp(`[${QUOTED}${UNQUOTED}]`);
/** `name[…]=` and `$[…]`: bash evaluates what stands between the brackets. */
const SUBSCRIPT = new RegExp(
  `^[A-Za-z_]\\w*\\[[^\\]]*[${QUOTED}${UNQUOTED}][^\\]]*\\]\\+?=|\\$\\[[^\\]]*[${QUOTED}${UNQUOTED}]`,
);
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;
/** Words after which the shell expects a command again (POSIX, Shell Command Language, 2.4). */
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'time']);
/** More programs that run one another than any command needs; bounds the recursion. */
const MAX_WRAPPERS = 10;
const QUOTE = 'put double quotes around the reference';

/**
 * Refuses references that a shell built-in or a second interpreter would run as code, and values that such
 * a program would take for one of its options.
 *
 * @throws FlowservError made by `refuse`.
 */
export function checkCodeArguments(
  commands: readonly SimpleCommand[],
  valueOfVariable: ValueOf,
  refuse: Refuse,
): void {
  const check = { valueOf: valueOfVariable, refuse };
  for (const command of commands) {
    checkCommand(command, check);
  }
}

function checkCommand(command: SimpleCommand, check: Check): void {
  if (command.words.some((word) => SUBSCRIPT.test(word.shape))) {
    throw check.refuse('a reference stands in an arithmetic expression', 'compute the number in a program');
  }
  const words = programWords(command.words, MAX_WRAPPERS, check);
  const [program, ...args] = words;
  if (program === undefined) {
    return;
  }
  checkProgramName(program, check);
  if (command.nested && program.shape === 'case') {
    throw check.refuse('a case statement stands in $(…)', 'assign its result in front of the command');
  }
  checkBuiltin(program.shape, args, check);
  const interpreter = interpreterOf(program);
  if (interpreter !== undefined) {
    checkInterpreter(interpreter, args, command, check);
  }
  // A program that we do not know may run another one, as in `docker run image sh -c …`.
  for (const [index, word] of args.entries()) {
    const inner = interpreterOf(word);
    if (inner !== undefined) {
      walkArguments(inner, args, index + 1, check, null);
    }
  }
}

/** The words from the program on: without reserved words, assignments, and programs that run another one. */
function programWords(all: readonly ShellWord[], wrappers: number, check: Check): readonly ShellWord[] {
  const first = all.findIndex((word) => !RESERVED.has(word.shape) && !ASSIGNMENT.test(word.shape));
  const words = first < 0 ? [] : all.slice(first);
  const wrapper = WRAPPERS.get(baseName(words[0]));
  if (wrapper === undefined) {
    return words;
  }
  if (wrappers === 0) {
    throw check.refuse('too many programs run one another', 'put the command into a script file');
  }
  let operands = wrapper.operands;
  let next = 1;
  for (; next < words.length; next += 1) {
    const shape = words[next]?.shape ?? '';
    if (wrapper.valueOptions.includes(shape)) {
      next += 1;
    } else if (!shape.startsWith('-') && !ASSIGNMENT.test(shape)) {
      if (operands === 0) {
        break;
      }
      operands -= 1;
    }
  }
  if (words.slice(1, next).some((word) => word.shape.includes(UNQUOTED))) {
    throw check.refuse('an unquoted reference stands in front of a program', QUOTE);
  }
  return programWords(words.slice(next), wrappers - 1, check);
}

/**
 * A value must not choose the program, because `eval` and `sh` are programs too. A name with a slash in the
 * template's own text cannot be a built-in, and is the author's choice of a folder.
 */
function checkProgramName(program: ShellWord, check: Check): void {
  const before = program.shape.split(REFERENCE, 1)[0] ?? '';
  const path = before.includes('/') || (!program.shape.includes(UNQUOTED) && program.shape.includes('/'));
  if (REFERENCE.test(program.shape) && !path) {
    throw check.refuse(
      'a reference stands where the shell expects the name of a program',
      'name the program',
    );
  }
}

function checkBuiltin(name: string, args: readonly ShellWord[], check: Check): void {
  const [first] = args;
  const references = args.filter(hasReference);
  const refuse = (mend: string) => check.refuse(`'${name}' runs or evaluates the value of a reference`, mend);
  switch (name) {
    case 'eval':
    case 'alias':
    case 'trap':
      if (references.length > 0) {
        throw refuse('write the command without it');
      }
      return;
    case 'let':
    case '[[':
      if (references.length > 0) {
        throw refuse('use [ … ] with the reference in double quotes');
      }
      return;
    case 'declare':
    case 'export':
    case 'local':
    case 'read':
    case 'readonly':
    case 'typeset':
    case 'unset':
      if (references.some((word) => !ASSIGNMENT.test(word.shape))) {
        throw refuse('write the name of the variable out');
      }
      return;
    case 'test':
    case '[':
      checkTest(args, check);
      return;
    case 'printf':
      if (first !== undefined && BEGINS_WITH_REFERENCE.test(first.shape)) {
        throw check.refuse('a reference is the format of printf', `printf '%s\\n' "\${name}"`);
      }
      return;
    case 'find':
      checkFind(args, check);
      return;
    default:
  }
}

/** bash's `test -v` evaluates a subscript in its operand, so no value may become that operator. */
function checkTest(args: readonly ShellWord[], check: Check): void {
  for (const [index, word] of args.entries()) {
    const previous = args[index - 1];
    if (word.shape.includes(UNQUOTED)) {
      throw check.refuse('an unquoted reference stands in a test', QUOTE);
    }
    if (
      hasReference(word) &&
      previous !== undefined &&
      (hasReference(previous) || /^-[vR]$/.test(previous.shape))
    ) {
      throw check.refuse('a test evaluates the value of a reference', 'compare it with =');
    }
  }
}

function checkFind(args: readonly ShellWord[], check: Check): void {
  for (const [index, word] of args.entries()) {
    if (word.shape.includes(UNQUOTED)) {
      throw check.refuse('an unquoted reference can add actions to find', QUOTE);
    }
    if (
      BEGINS_WITH_REFERENCE.test(word.shape) &&
      /^-(?:exec|execdir|ok|okdir)$/.test(args[index - 1]?.shape ?? '')
    ) {
      throw check.refuse('a reference chooses the program that find runs', 'name the program');
    }
  }
}
