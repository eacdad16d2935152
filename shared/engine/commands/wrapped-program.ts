import { type Check, hasText, refuseUnquoted } from './check.ts';
import { lineOf, reportContent } from './code-content.ts';
import { withLine } from './code-seen.ts';
import { isKnownProgram } from './known-programs.ts';
import { refuseOption } from './operands.ts';
import { BEGINS_WITH_REFERENCE, baseName, type ShellWord, type SimpleCommand } from './shell-text.ts';
import type { Wrapper } from './wrappers.ts';

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/**
 * Checks a command whose program runs another program: its own words may not contain free text, and the rest is
 * checked as a command.
 *
 * @param words the words of the command, from the wrapper on.
 * @returns Whether the wrapper runs a program; `uv add` does not.
 * @throws FlowservError created by `check.refuse`.
 */
export function checkWrapped(
  wrapper: Wrapper,
  words: readonly ShellWord[],
  command: SimpleCommand,
  check: Check,
): boolean {
  const name = baseName(words[0]);
  const next = ownWords(wrapper, words, check);
  if (next === null) {
    return false;
  }
  for (const word of words.slice(1, next)) {
    checkOwnWord(word, name, check);
  }
  const piped = command.piped && command.freeTextBefore;
  if (name === 'xargs' && (piped || command.stdin.some(({ kind }) => kind === 'text'))) {
    throw check.refuse('a reference reaches xargs on its standard input', 'pass it as an argument');
  }
  const program = words.slice(next);
  check.again(program, command);
  if (check.seen && name === 'xargs' && program.length > 0)
    check.again(ofLine(words, program, command), command);
  // An option that is not in the table may have a word of its own, so the program may be a later word.
  const unsure = words.slice(1, next).some(({ shape }) => isUnlistedOption(shape, wrapper));
  if (unsure && !isKnownProgram(baseName(words[next]))) {
    const hidden = words.findIndex((word, index) => index > next && isKnownProgram(baseName(word)));
    check.again(hidden < 0 ? [] : words.slice(hidden), command);
  }
  return true;
}

/** Returns the command that xargs runs for a line of its input. */
function ofLine(
  words: readonly ShellWord[],
  program: readonly ShellWord[],
  command: SimpleCommand,
): readonly ShellWord[] {
  const valueOfOption = (option: RegExp) => {
    const at = words.slice(0, words.length - program.length).findIndex(({ shape }) => option.test(shape));
    const attached = words[at]?.shape.replace(option, '') ?? '';
    return at < 0 ? undefined : attached === '' ? words[at + 1] : { shape: attached, references: [] };
  };
  const mark = valueOfOption(/^(?:-[Ii]|--replace=?)/)?.shape ?? '\n';
  return withLine(program, lineOf(command, valueOfOption(/^(?:-a|--arg-file=?)/)), mark);
}

function isUnlistedOption(shape: string, { valueOptions }: Wrapper): boolean {
  return shape.startsWith('-') && shape !== '--' && !shape.includes('=') && !valueOptions.includes(shape);
}

/** Returns the index of the program, or null if the wrapper runs none. */
function ownWords(wrapper: Wrapper, words: readonly ShellWord[], check: Check): number | null {
  let { operands } = wrapper;
  let subcommand = wrapper.subcommands === undefined;
  let options = true;
  let next = 1;
  for (; next < words.length; next += 1) {
    const shape = words[next]?.shape ?? '';
    if (options && wrapper.codeOption?.test(shape)) {
      checkCommandLine(words.slice(next), check);
      reportCommandLine(words[next], words[next + 1], check);
    }
    if (options && shape === '--') {
      options = false;
    } else if (options && wrapper.valueOptions.includes(shape)) {
      next += 1;
    } else if (!(options && shape.startsWith('-')) && !ASSIGNMENT.test(shape)) {
      if (!subcommand) {
        if (!wrapper.subcommands?.includes(shape)) return null;
        subcommand = true;
      } else if (operands === 0) {
        break;
      } else {
        operands -= 1;
      }
    }
  }
  return Math.min(next, words.length);
}

function checkCommandLine(words: readonly ShellWord[], check: Check): void {
  if (words.some(({ references }) => references.some(({ kind }) => kind !== 'number'))) {
    throw check.refuse('a reference is in a command line', 'run the command without a second shell');
  }
}

/** Reports the command line after an option or as its remainder. */
function reportCommandLine(
  option: ShellWord | undefined,
  next: ShellWord | undefined,
  { seen }: Check,
): void {
  const attached = /^(?:--[\w-]+=|-[Sc](?=.))(.*)$/s.exec(option?.shape ?? '')?.[1];
  const line = attached === undefined ? next : option;
  if (!line) return;
  seen?.commandLine(attached ?? line.shape);
  if (seen) reportContent(line, seen);
}

function checkOwnWord(word: ShellWord, name: string, check: Check): void {
  refuseUnquoted(word, 'in front of a program', check);
  if (check.seen && name === 'env' && !ASSIGNMENT.test(word.shape)) reportContent(word, check.seen);
  if (hasText(word) && !ASSIGNMENT.test(word.shape)) {
    const fix = 'use a parameter that is a number or a select list';
    throw check.refuse(`a reference is among the words of ${name}, which runs a program`, fix);
  }
  if (BEGINS_WITH_REFERENCE.test(word.shape)) {
    refuseOption(word, check);
  }
}
