import {
  addTo,
  emptyWord,
  type HereDocument,
  QUOTED,
  reference,
  type Scan,
  type ShellWord,
  type SimpleCommand,
  take,
  takeBlanks,
} from './shell-text.ts';

/** Scans one character of an unquoted body, or the construct that it opens. */
type ScanPiece = (s: Scan, next: string, word: ShellWord, mode: 'here') => void;

/**
 * Records a here-document, whose body begins on the next line; the cursor is at its `<<`.
 *
 * @throws FlowservError created by the scan's `refuse` if a reference is part of the delimiter.
 */
export function openHereDocument(s: Scan, command: SimpleCommand, scanWord: (s: Scan) => ShellWord): void {
  take(s, 2);
  const stripTabs = s.symbols[s.at] === '-';
  take(s, stripTabs ? 1 : 0);
  takeBlanks(s);
  const start = s.shared.out.length;
  const word = scanWord(s);
  if (word.references.length > 0) {
    throw s.shared.refuse('a reference ends a here-document', 'write out the delimiter');
  }
  const quoted = /["'\\]/.test(s.shared.out.slice(start).join(''));
  s.shared.here.push({ delimiter: word.shape, stripTabs, quoted, command });
}

/**
 * Reads the bodies of the here-documents that the previous line opened (POSIX, Shell Command Language, 2.7.4): a body
 * is scanned like double-quoted text, unless a part of its delimiter is quoted.
 */
export function scanHereDocuments(s: Scan, piece: ScanPiece): void {
  for (const document of s.shared.here.splice(0)) {
    const { end, closed } = bodyEnd(s, document);
    scanBody({ symbols: s.symbols.slice(s.at, end), at: 0, shared: s.shared }, document, piece);
    s.at = end;
    if (closed) {
      take(s, lineLength(s));
    }
  }
}

/** Returns the start of the line with the delimiter, or the end of the text if there is none. */
function bodyEnd(s: Scan, document: HereDocument): { end: number; closed: boolean } {
  for (let start = s.at; start < s.symbols.length; ) {
    const newline = s.symbols.indexOf('\n', start);
    const end = newline < 0 ? s.symbols.length : newline;
    const line = s.symbols.slice(start, end).map((symbol) => (typeof symbol === 'string' ? symbol : QUOTED));
    const text = document.stripTabs ? line.join('').replace(/^\t+/, '') : line.join('');
    if (text === document.delimiter) {
      return { end: start, closed: true };
    }
    start = end + 1;
  }
  return { end: s.symbols.length, closed: false };
}

function scanBody(s: Scan, document: HereDocument, piece: ScanPiece): void {
  const before = s.shared.seen.length;
  const body = emptyWord();
  for (let next = s.symbols[s.at]; next !== undefined; next = s.symbols[s.at]) {
    if (typeof next === 'object' && document.quoted) {
      const fix = 'remove the quotes of its delimiter and escape other $ with a backslash';
      throw s.shared.refuse('a reference is in a quoted here-document', fix);
    }
    if (typeof next === 'object') {
      reference(s, next, body, 'here');
    } else if (document.quoted) {
      addTo(body, next);
      take(s);
    } else {
      piece(s, next, body, 'here');
    }
  }
  for (const seen of s.shared.seen.slice(before)) document.command.stdin.push(seen);
  document.command.inputText.push(body);
}

function lineLength(s: Scan): number {
  const newline = s.symbols.indexOf('\n', s.at);
  return (newline < 0 ? s.symbols.length : newline + 1) - s.at;
}
