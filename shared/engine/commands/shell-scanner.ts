import { openHereDocument, scanHereDocuments } from './shell-here-documents.ts';
import {
  addTo,
  derivedFrom,
  emptyWord,
  type Mode,
  mark,
  OTHER,
  type Refuse,
  reference,
  type Scan,
  type Shared,
  type ShellSymbol,
  type ShellWord,
  type SimpleCommand,
  take,
  takeBlanks,
  takeName,
  withoutEscapes,
} from './shell-text.ts';
import { markVariable, nameInBraces, noteVariable } from './shell-variables.ts';

/** Maximum nesting; deeper than in any command that a person writes. Bounds the recursion. */
const MAX_DEPTH = 40;
const WORD_END = new Set([' ', '\t', '\n', ';', '&', '|', '<', '>', '(', ')']);
const DOUBLE_ESCAPES = new Set(['$', '`', '"', '\\']);
const SUBSTITUTION = 'write the command substitution as $$(…)';
const ARITHMETIC = 'compute the number in a program, e.g. with expr';
const UNESCAPED = 'remove the backslash, or write $$ for a literal $';

/**
 * Follows the quoting of POSIX shell text and writes each reference so that its value stays data:
 * `${FLOWSERV_ARG_<name>}` outside single quotes, and a double-quoted piece between two single-quoted pieces inside
 * them. Rejects references where no spelling keeps the value data (POSIX, Shell Command Language, 2.2 to 2.7).
 *
 * @returns The text, and its simple commands for the checks of `code-arguments.ts`.
 * @throws FlowservError created by `refuse`.
 */
export function scanShell(symbols: readonly ShellSymbol[], refuse: Refuse) {
  const lists = { out: [], commands: [], seen: [], here: [], derived: new Map(), assigned: new Map() };
  const shared: Shared = { ...lists, refuse, depth: 0, freeText: false };
  scanList({ symbols, at: 0, shared }, false);
  return { text: shared.out.join(''), commands: shared.commands };
}

function scanList(s: Scan, nested: boolean): void {
  let command = begin(s, false, nested);
  let parentheses = 0;
  for (let next = s.symbols[s.at]; next !== undefined; next = s.symbols[s.at]) {
    if (next === ')' && nested && parentheses === 0) {
      return;
    }
    if (next === ' ' || next === '\t') {
      take(s);
    } else if (next === '\\' && s.symbols[s.at + 1] === '\n') {
      take(s, 2);
    } else if (next === '\n') {
      take(s);
      scanHereDocuments(s, piece);
      command = begin(s, command.piped && command.words.length === 0, nested);
    } else if (next === '#') {
      comment(s);
    } else if (next === '|') {
      const second = s.symbols[s.at + 1];
      take(s, second === '|' || second === '&' ? 2 : 1);
      command = begin(s, second !== '|', nested);
    } else if (next === '(' && s.symbols[s.at + 1] === '(') {
      group(s, 'plain', ')', 'arithmetic ((…))', ARITHMETIC);
    } else if (next === '(' || next === ')' || next === ';' || next === '&') {
      take(s);
      parentheses = Math.max(0, parentheses + (next === '(' ? 1 : next === ')' ? -1 : 0));
      command = begin(s, next === '(' && command.piped, nested);
    } else if (next === '<' || next === '>') {
      redirection(s, command);
    } else {
      const word = scanWord(s);
      if (!isFileDescriptor(word, s.symbols[s.at])) {
        command.words.push(word);
        noteVariable(s, command, word);
      }
    }
  }
}

function begin(s: Scan, piped: boolean, nested: boolean): SimpleCommand {
  const { seen, freeText } = s.shared;
  const before = seen.length;
  const lists = { words: [], stdin: [], inputText: [], input: [], output: [] };
  const command = { ...lists, piped, before, freeTextBefore: freeText, nested };
  s.shared.commands.push(command);
  return command;
}

/** Whether a word of digits is the file descriptor of a redirection, as in `2>file`. */
function isFileDescriptor(word: ShellWord, next: ShellSymbol | undefined): boolean {
  return (next === '<' || next === '>') && /^\d+$/.test(word.shape);
}

function scanWord(s: Scan): ShellWord {
  const word = emptyWord();
  for (let next = s.symbols[s.at]; next !== undefined; next = s.symbols[s.at]) {
    if (typeof next !== 'string') {
      reference(s, next, word, 'plain');
    } else if (WORD_END.has(next)) {
      break;
    } else if (next === "'") {
      singleQuoted(s, word);
    } else {
      piece(s, next, word, 'plain');
    }
  }
  return word;
}

/** Scans one character outside single quotes, or the construct that it opens. */
function piece(s: Scan, next: string, word: ShellWord, mode: Mode): void {
  if (next === '\\') {
    escaped(s, word, mode);
  } else if (next === '"' && mode !== 'here') {
    doubleQuoted(s, word);
  } else if (next === '$') {
    dollar(s, word, mode);
  } else if (next === '`') {
    backquoted(s, word, mode);
  } else {
    take(s);
    addTo(word, next);
  }
}

function escaped(s: Scan, word: ShellWord, mode: Mode): void {
  const next = s.symbols[s.at + 1];
  if (typeof next === 'object') {
    throw s.shared.refuse('a backslash is before a reference', UNESCAPED);
  }
  take(s, 2);
  if (next !== undefined && next !== '\n') {
    addTo(word, mode === 'plain' || DOUBLE_ESCAPES.has(next) ? next : `\\${next}`);
  }
}

function singleQuoted(s: Scan, word: ShellWord): void {
  take(s);
  for (let next = s.symbols[s.at]; next !== undefined; next = s.symbols[s.at]) {
    if (typeof next === 'string') {
      take(s);
      if (next === "'") {
        return;
      }
      addTo(word, next);
    } else {
      s.shared.out.push(`'"`);
      reference(s, next, word, 'double');
      s.shared.out.push(`"'`);
    }
  }
}

function doubleQuoted(s: Scan, word: ShellWord): void {
  take(s);
  for (let next = s.symbols[s.at]; next !== undefined && next !== '"'; next = s.symbols[s.at]) {
    if (typeof next === 'string') {
      piece(s, next, word, 'double');
    } else {
      reference(s, next, word, 'double');
    }
  }
  take(s);
}

function dollar(s: Scan, word: ShellWord, mode: Mode): void {
  const [next, afterNext] = [s.symbols[s.at + 1], s.symbols[s.at + 2]];
  if (typeof next === 'object') {
    throw s.shared.refuse('a literal $ is before a reference', 'write $$ only for variables of the shell');
  }
  if (next === "'" && mode === 'plain') {
    throw s.shared.refuse("$'…' differs from shell to shell", "use '…' or printf");
  }
  take(s);
  if (next === '(' && afterNext === '(') {
    nest(s, word, mode, () => group(s, mode, ')', 'arithmetic $((…))', ARITHMETIC));
  } else if (next === '(') {
    take(s);
    nest(s, word, mode, () => scanList(s, true));
    take(s);
  } else if (next === '{') {
    const name = nameInBraces(s);
    nest(s, word, mode, () =>
      group(s, mode, '}', 'an expansion ${…} of the shell', 'use the value outside it'),
    );
    markVariable(s, word, name, mode);
  } else if (next !== undefined && /[A-Za-z0-9_@*#?!$-]/.test(next)) {
    take(s);
    word.shape += OTHER;
    markVariable(s, word, /[A-Za-z_]/.test(next) ? next + takeName(s) : next, mode);
  } else {
    addTo(word, '$');
  }
}

/** Old-style command substitution; its inner backslashes are removed before it is parsed. */
function backquoted(s: Scan, word: ShellWord, mode: Mode): void {
  let end = s.at + 1;
  while (end < s.symbols.length && s.symbols[end] !== '`') {
    end += s.symbols[end] === '\\' ? 2 : 1;
  }
  const content = s.symbols.slice(s.at + 1, end);
  take(s);
  if (content.some((symbol) => typeof symbol === 'object')) {
    const quotes = content.includes('"') || content.includes("'");
    if (content.includes('\\') || (quotes && mode !== 'plain')) {
      throw s.shared.refuse('a reference is between backquotes', SUBSTITUTION);
    }
    nest(s, word, mode, () => scanList({ symbols: content, at: 0, shared: s.shared }, false));
  } else {
    s.shared.out.push(content.join(''));
    const shared = { ...s.shared, out: [] };
    nest({ ...s, shared }, word, mode, () =>
      scanList({ symbols: withoutEscapes(content), at: 0, shared }, false),
    );
  }
  s.at = Math.min(end, s.symbols.length);
  take(s);
}

/** Scans an inner construct and marks the word if the construct contains a reference. */
function nest(s: Scan, word: ShellWord, mode: Mode, scan: () => void): void {
  const before = s.shared.seen.length;
  const commands = s.shared.commands.length;
  s.shared.depth += 1;
  if (s.shared.depth > MAX_DEPTH) {
    throw s.shared.refuse('the command is nested too deeply', 'put it into a script file');
  }
  scan();
  s.shared.depth -= 1;
  word.outputOf ??= [];
  for (const command of s.shared.commands.slice(commands)) word.outputOf.push(command);
  if (s.shared.seen.length > before) {
    mark(word, derivedFrom(s.shared.seen.slice(before)), mode);
  } else {
    word.shape += OTHER;
  }
}

/** Scans a bracketed construct that would evaluate a value, so that it may not contain a reference. */
function group(s: Scan, mode: Mode, close: ')' | '}', construct: string, fix: string): void {
  const before = s.shared.seen.length;
  const inner = emptyWord();
  take(s);
  let depth = 1;
  while (depth > 0 && s.at < s.symbols.length) {
    const next = s.symbols[s.at];
    if (typeof next === 'object') {
      reference(s, next, inner, 'plain');
    } else if (next === close || (next === '(' && close === ')')) {
      take(s);
      depth += next === close ? -1 : 1;
    } else if (next === "'" && mode === 'plain') {
      singleQuoted(s, inner);
    } else if (next !== undefined) {
      piece(s, next, inner, 'plain');
    }
  }
  if (s.shared.seen.length > before) {
    throw s.shared.refuse(`a reference is in ${construct}`, fix);
  }
}

function redirection(s: Scan, command: SimpleCommand): void {
  const [first, second, third] = [s.symbols[s.at], s.symbols[s.at + 1], s.symbols[s.at + 2]];
  if (second === '(') {
    take(s, 2);
    const word = emptyWord();
    nest(s, word, 'plain', () => scanList(s, true));
    take(s);
    command.words.push(word);
  } else if (first === '<' && second === '<' && third !== '<') {
    openHereDocument(s, command, scanWord);
  } else {
    const hereString = first === '<' && second === '<';
    while (['<', '>', '&', '|'].some((symbol) => symbol === s.symbols[s.at])) {
      take(s);
    }
    takeBlanks(s);
    const target = scanWord(s);
    if (hereString) {
      command.stdin.push(...target.references);
      command.inputText.push(target);
    } else if (first === '<') {
      command.input.push(second === '&' ? emptyWord() : target);
    } else if (second !== '&') {
      command.output.push(target);
    }
  }
}

/** Skips a comment. A value in it has no effect; the shell does not even expand it. */
function comment(s: Scan): void {
  const ignored = emptyWord();
  for (let next = s.symbols[s.at]; next !== undefined && next !== '\n'; next = s.symbols[s.at]) {
    if (typeof next === 'object') {
      reference(s, next, ignored, 'plain');
    } else {
      take(s);
    }
  }
}
