import {
  derivedFrom,
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

/**
 * Records, after the last word of a command, that a shell variable has a value that a participant chose: `a="${x}"`,
 * `for a in ${x}`, `set -- "${x}"`. Text of the organiser is not recorded.
 */
export function noteVariable(s: Scan, command: SimpleCommand, word: ShellWord): void {
  const made = derivedFrom(word.references);
  if (made.kind !== 'text' && made.kind !== 'file') {
    return;
  }
  const [first, second] = command.words;
  const assigned = ASSIGNED.exec(word.shape)?.[1];
  const name = first?.shape === 'for' ? second?.shape : first?.shape === 'set' ? '@' : assigned;
  if (name !== undefined) {
    s.shared.derived.set(name, made);
  }
}

/** Turns a shell variable into a reference if a participant chose its value. */
export function markVariable(s: Scan, word: ShellWord, name: string, mode: Mode): void {
  const made = s.shared.derived.get(POSITIONAL.test(name) ? '@' : name);
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
