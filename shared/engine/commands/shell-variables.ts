import {
  derivedFrom,
  emptyWord,
  type Mode,
  mark,
  OTHER,
  type Scan,
  type ShellWord,
  type SimpleCommand,
} from './shell-text.ts';

const ASSIGNED = /^([A-Za-z_]\w*)\+?=/;
/** `$1`, `$@` and `$*` are the arguments of `set`. */
const POSITIONAL = /^[0-9@*]$/;
/** Built-ins that assign lines of their standard input to variables. */
const READERS = new Set(['read', 'mapfile', 'readarray']);
/** Maximum number of words that are looked at for the program of a command; the rest of a long command is not. */
const MAX_BEFORE = 6;
const isBefore = (shape: string): boolean =>
  /^(?:while|until|if|then|elif|else|do|!|\{)$|^[A-Za-z_]\w*\+?=/.test(shape);

/**
 * Records, after the last word of a command, that it assigns the word to a shell variable: `a="${x}"`,
 * `for a in ${x}`, `set -- "${x}"`, `read a`, `printf -v a "${x}"`; and separately, that a participant chose the variable's value. Values of
 * `read` do not count for the latter.
 */
export function noteVariable(s: Scan, command: SimpleCommand, word: ShellWord): void {
  const [first, second, third] = command.words.slice(0, MAX_BEFORE).filter(({ shape }) => !isBefore(shape));
  const program = first?.shape ?? '';
  if (READERS.has(program) && word !== first) {
    const line = { ...emptyWord(), shape: OTHER, outputOf: [command] };
    assign(s, word.shape, line);
    return;
  }
  const assigned = ASSIGNED.exec(word.shape);
  const printed = program === 'printf' && second?.shape === '-v' && word !== third ? third?.shape : undefined;
  const name = program === 'for' ? second?.shape : program === 'set' ? '@' : (printed ?? assigned?.[1]);
  if (name === undefined) return;
  assign(s, name, assigned ? { ...word, shape: word.shape.slice(assigned[0].length) } : word);
  const made = derivedFrom(word.references);
  if (made.kind === 'text' || made.kind === 'file') s.shared.derived.set(name, made);
}

function assign(s: Scan, name: string, word: ShellWord): void {
  const words = s.shared.assigned.get(name) ?? [];
  s.shared.assigned.set(name, words);
  words.push(word);
}

/** Links a shell variable to its words, and turns it into a reference if a participant chose its value. */
export function markVariable(s: Scan, word: ShellWord, variable: string, mode: Mode): void {
  const name = POSITIONAL.test(variable) ? '@' : variable;
  const words = s.shared.assigned.get(name) ?? [];
  s.shared.assigned.set(name, words);
  word.variables ??= [];
  word.variables.push(words);
  const made = s.shared.derived.get(name);
  if (made !== undefined && word.shape.endsWith(OTHER)) {
    word.shape = word.shape.slice(0, -1);
    mark(word, made, mode);
  }
}

/** Returns the name in `${name…}`, whose brace is at the cursor; empty for other forms. */
export function nameInBraces(s: Scan): string {
  let name = '';
  for (let at = s.at + 1; ; at += 1) {
    const next = s.symbols[at];
    if (typeof next !== 'string' || !/[\w@*]/.test(next)) {
      return name;
    }
    name += next;
  }
}
