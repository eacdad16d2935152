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
/** `$1`, `$@` and `$*` are what `set` has been given. */
const POSITIONAL = /^[0-9@*]$/;

/**
 * Notes that a variable of the shell holds what a participant has chosen, after the last word of a command:
 * `a="${x}"`, `for a in ${x}`, `set -- "${x}"`. The organiser's own text is no concern.
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

/** Makes a variable of the shell a reference where it holds what a participant has chosen. */
export function markVariable(s: Scan, word: ShellWord, name: string, mode: Mode): void {
  const made = s.shared.derived.get(POSITIONAL.test(name) ? '@' : name);
  if (made !== undefined && word.shape.endsWith(OTHER)) {
    word.shape = word.shape.slice(0, -1);
    mark(word, made, mode);
  }
}

/** The name in `${name…}`, whose brace is at the cursor; empty where another form stands there. */
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
