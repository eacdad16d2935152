import { type Check, DASHES, hasText, isChosen, QUOTE, splitReferences } from './check.ts';
import { isOptionValue } from './option-value.ts';
import { BEGINS_WITH_REFERENCE, hasReference, QUOTED, type ShellWord, UNQUOTED } from './shell-text.ts';
import type { StrictProgram } from './strict-programs.ts';

const CHOOSES_OPTION = new RegExp(`^--?[${QUOTED}${UNQUOTED}]`);
/** Characters that separate words, and characters of file name patterns. */
const SPLITS = /[ \t\n*?[]/;

/**
 * Checks the arguments of an unknown program. The organiser decides its options, so a value must not become one:
 * neither as an operand nor, without quotes, as a further word. In `--name "${x}"` the value is data.
 *
 * @throws FlowservError created by `check.refuse`.
 */
export function checkOperands(args: readonly ShellWord[], check: Check): void {
  let options = true;
  for (const [index, word] of args.entries()) {
    if (!hasReference(word)) {
      options &&= word.shape !== '--';
      continue;
    }
    checkOneWord(word, check);
    if (options) {
      checkNoOption(word, args[index - 1], check);
    }
  }
}

/** An unquoted value of a participant must be exactly one word, as if it were quoted. */
export function checkOneWord(word: ShellWord, check: Check): void {
  for (const reference of splitReferences(word).filter(isChosen)) {
    if (reference.variable === null) {
      if (reference.kind === 'text') {
        throw check.refuse('an unquoted $(…) or variable contains free text', 'put double quotes around it');
      }
      continue;
    }
    if (SPLITS.test(reference.value)) {
      throw check.refuse(`the value of '${reference.variable}' would become several words`, QUOTE);
    }
    if (reference.kind === 'text') {
      check.note(
        `the reference to '${reference.variable}' has no quotes, so runs with a blank in its value fail: ${QUOTE}`,
      );
    }
  }
}

function checkNoOption(word: ShellWord, previous: ShellWord | undefined, check: Check): void {
  const [first] = word.references;
  if (!isChosen(first)) {
    return;
  }
  if (CHOOSES_OPTION.test(word.shape)) {
    throw check.refuse('a reference chooses an option of a program', 'write out the option');
  }
  const isValue = /^-[^=]*[^=-]$/.test(previous?.shape ?? '') && word.shape.startsWith(QUOTED);
  if (BEGINS_WITH_REFERENCE.test(word.shape) && !isValue) {
    refuseOption(word, check);
  }
}

/** @throws FlowservError created by `check.refuse` if the value at the word's beginning is an option. */
export function refuseOption(word: ShellWord, check: Check): void {
  const [first] = word.references;
  const value = first?.value ?? '';
  if (isOptionValue(value)) {
    const fix = `${DASHES}, or give a value that does not begin with '-'`;
    throw check.refuse(`the value of '${first?.variable}' would be an option of a program`, fix);
  }
}

/**
 * Checks the arguments of a program whose options run programs: free text must come after `--`, or after text that is
 * not an option. Paths of uploads are allowed anywhere except where they would be an option.
 *
 * @throws FlowservError created by `check.refuse`.
 */
export function checkStrict(
  name: string,
  program: StrictProgram,
  args: readonly ShellWord[],
  check: Check,
): void {
  let options = true;
  for (const [index, word] of args.entries()) {
    const previous = args[index - 1]?.shape ?? '';
    options &&= !(program.dashes && word.shape === '--');
    if (!word.references.some(isChosen)) {
      continue;
    }
    if (hasText(word) && splitReferences(word).length > 0) {
      throw check.refuse(`an unquoted reference can add options to ${name}, which run programs`, QUOTE);
    }
    checkOneWord(word, check);
    if (options && !(program.dataOptions?.includes(previous) ?? false)) {
      checkStrictWord(name, program, word, check);
    }
  }
}

function checkStrictWord(name: string, program: StrictProgram, word: ShellWord, check: Check): void {
  const begins = BEGINS_WITH_REFERENCE.test(word.shape);
  if (hasText(word) && word.shape.startsWith('-')) {
    const fix = 'use a parameter that is a number or a select list';
    throw check.refuse(`a reference is in an option of ${name}, whose options run programs`, fix);
  }
  if (hasText(word) && begins) {
    const fix = program.dashes ? DASHES : 'write ./ in front of the reference';
    throw check.refuse(`a reference can be an option of ${name}, whose options run programs`, fix);
  }
  if (begins) {
    refuseOption(word, check);
  }
}
