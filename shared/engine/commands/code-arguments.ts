import { checkBuiltin } from './builtins.ts';
import { type Check, hasText, type Seen } from './check.ts';
import { reportProgram } from './code-seen.ts';
import { checkAssignments } from './code-variables.ts';
import { reportCopies } from './files-copied.ts';
import { reportAssignment } from './files-loaded.ts';
import { checkInterpreter, walkArguments } from './interpreter-arguments.ts';
import { interpreterOf } from './known-programs.ts';
import { checkOperands, checkStrict } from './operands.ts';
import {
  baseName,
  hasReference,
  QUOTED,
  type Refuse,
  type ShellWord,
  type SimpleCommand,
  UNQUOTED,
} from './shell-text.ts';
import { CLOSED_PROGRAMS, PLAIN_PROGRAMS, STRICT_PROGRAMS } from './strict-programs.ts';
import { checkWrapped } from './wrapped-program.ts';
import { WRAPPERS } from './wrappers.ts';

const REFERENCE = new RegExp(`[${QUOTED}${UNQUOTED}]`);
const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;
/** Words that another command follows (POSIX, Shell Command Language, 2.4). */
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!']);
/** Maximum depth of programs that run one another; more than any command needs. Bounds the recursion. */
const MAX_WRAPPERS = 10;

/**
 * Rejects references that become code, an option that runs code, or the program itself: a value is data only as an
 * operand of a program. The tables of `interpreters.ts`, `strict-programs.ts` and `wrappers.ts` describe the programs.
 *
 * @param note receives advice for the organiser about commands that can be used.
 * @param seen receives what the commands run.
 * @throws FlowservError created by `refuse`.
 */
export function checkCodeArguments(
  commands: readonly SimpleCommand[],
  refuse: Refuse,
  note: (reason: string) => void = () => undefined,
  seen?: Seen,
): void {
  for (const command of commands) {
    if (command.words.some((word) => holdsSubscript(word.shape))) {
      throw refuse('a reference is in an arithmetic expression', 'compute the number in a program');
    }
    checkProgram(command.words, command, { refuse, note, seen, again: () => undefined }, MAX_WRAPPERS);
  }
}

/** Whether bash evaluates a reference between brackets: `name[…]=` and `$[…]`. */
function holdsSubscript(shape: string): boolean {
  const open = shape.indexOf('[');
  if (open < 0 || !REFERENCE.test(shape.slice(open))) {
    return false;
  }
  return shape.includes('$[') || (/^[A-Za-z_]\w*$/.test(shape.slice(0, open)) && /\]\+?=/.test(shape));
}

function checkProgram(
  all: readonly ShellWord[],
  command: SimpleCommand,
  shared: Check,
  wrappers: number,
): void {
  const first = all.findIndex((word) => !RESERVED.has(word.shape) && !ASSIGNMENT.test(word.shape));
  checkAssignments(all, shared);
  const { seen } = shared;
  if (seen)
    for (const word of all.filter(({ shape }) => ASSIGNMENT.test(shape))) reportAssignment(word, seen);
  const words = first < 0 ? [] : all.slice(first);
  const [program, ...args] = words;
  if (program === undefined) {
    return;
  }
  const again = (inner: readonly ShellWord[]) => {
    if (wrappers === 0) {
      throw shared.refuse('too many programs run one another', 'put the command into a script file');
    }
    checkProgram(inner, command, shared, wrappers - 1);
  };
  const check: Check = { ...shared, again };
  checkProgramName(program, check);
  if (seen) reportCopies(program, args, command, seen);
  if (command.nested && program.shape === 'case') {
    throw check.refuse('a case statement is in $(…)', 'assign its result in front of the command');
  }
  const wrapper = WRAPPERS.get(baseName(program));
  if (wrapper !== undefined && checkWrapped(wrapper, words, command, check)) {
    return;
  }
  if (seen) reportProgram(program, args, command, seen, again);
  checkBuiltin(program.shape, args, check);
  checkArguments(program, args, command, check);
}

function checkArguments(
  program: ShellWord,
  args: readonly ShellWord[],
  command: SimpleCommand,
  check: Check,
): void {
  const name = baseName(program);
  const interpreter = interpreterOf(program);
  const strict = STRICT_PROGRAMS.get(name);
  if (CLOSED_PROGRAMS.has(name)) {
    if (args.some(({ references }) => references.some(({ kind }) => kind !== 'number'))) {
      const fix = 'run the program itself, and pass the value as its argument';
      throw check.refuse(`${name} reads command lines`, fix);
    }
  } else if (interpreter !== undefined) {
    checkInterpreter(interpreter, args, command, check);
  } else if (strict !== undefined) {
    checkStrict(name, strict, name.endsWith('find') ? withoutActions(args, command, check) : args, check);
  } else if (!PLAIN_PROGRAMS.has(name) && !BUILTINS_WITH_RULES.has(name)) {
    checkOperands(args, check);
  }
  // An unknown program may run another one, as in `docker run image sh -c …`.
  const last = args.findLastIndex(hasReference);
  for (const [index, word] of args.slice(0, last).entries()) {
    const inner = interpreterOf(word);
    if (inner !== undefined) {
      walkArguments(inner, args, index + 1, check, null);
    }
  }
}

const BUILTINS_WITH_RULES = new Set([
  'printf',
  'test',
  '[',
  'export',
  'readonly',
  'local',
  'declare',
  'typeset',
]);

/** Checks the commands that find runs, and returns its other words. */
function withoutActions(args: readonly ShellWord[], command: SimpleCommand, check: Check): ShellWord[] {
  const others: ShellWord[] = [];
  let inner: ShellWord[] | null = null;
  for (const word of args) {
    const begins = /^-(?:exec|execdir|ok|okdir)$/.test(word.shape);
    if (begins || (inner !== null && (word.shape === ';' || word.shape === '+'))) {
      check.again(inner ?? [], command);
      inner = begins ? [] : null;
    } else {
      (inner ?? others).push(word);
    }
  }
  check.again(inner ?? [], command);
  return others;
}

/**
 * A value must not choose the program, because `eval` and `sh` are programs too. A name with a slash in the template's
 * own text cannot be a built-in: the author chose its folder. Free text could leave that folder.
 */
function checkProgramName(program: ShellWord, check: Check): void {
  const before = program.shape.split(REFERENCE, 1)[0] ?? '';
  const path = before.includes('/') || (!program.shape.includes(UNQUOTED) && program.shape.includes('/'));
  if (REFERENCE.test(program.shape) && (!path || hasText(program))) {
    throw check.refuse('a reference is used as the name of a program', 'name the program');
  }
}
