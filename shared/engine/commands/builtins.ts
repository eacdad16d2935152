import { type Check, refuseUnquoted } from './check.ts';
import { BEGINS_WITH_REFERENCE, hasReference, type ShellWord } from './shell-text.ts';

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;

/**
 * Rejects references that a shell built-in runs or evaluates.
 *
 * @throws FlowservError created by `check.refuse`.
 */
export function checkBuiltin(name: string, args: readonly ShellWord[], check: Check): void {
  const references = args.filter(hasReference);
  const refuse = (fix: string) => check.refuse(`'${name}' runs or evaluates the value of a reference`, fix);
  switch (name) {
    case 'eval':
    case 'alias':
    case 'trap':
    case 'bind':
    case 'complete':
    case 'compgen':
    case 'enable':
    case 'fc':
    case 'mapfile':
    case 'readarray':
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
    case 'getopts':
    case 'local':
    case 'read':
    case 'readonly':
    case 'typeset':
    case 'unset':
      if (references.some((word) => !ASSIGNMENT.test(word.shape))) {
        throw refuse('write out the name of the variable');
      }
      return;
    case 'test':
    case '[':
      checkTest(args, check);
      return;
    case 'printf':
      checkPrintf(args, check);
      return;
    default:
  }
}

/** bash's `test -v` evaluates a subscript in its operand, so no value may become that operator. */
function checkTest(args: readonly ShellWord[], check: Check): void {
  for (const [index, word] of args.entries()) {
    const previous = args[index - 1];
    refuseUnquoted(word, 'in a test', check);
    if (
      hasReference(word) &&
      previous !== undefined &&
      (hasReference(previous) || /^-[vR]$/.test(previous.shape))
    ) {
      throw check.refuse('a test evaluates the value of a reference', 'compare it with =');
    }
  }
}

/** bash's `printf -v` evaluates a subscript in the name that follows. */
function checkPrintf([first, second]: readonly ShellWord[], check: Check): void {
  if (first !== undefined && BEGINS_WITH_REFERENCE.test(first.shape)) {
    throw check.refuse('a reference is the format of printf', `printf '%s\\n' "\${name}"`);
  }
  if (first?.shape.startsWith('-v') && (hasReference(first) || (second && hasReference(second)))) {
    throw check.refuse('printf -v evaluates the name of its variable', 'write out the name of the variable');
  }
}
