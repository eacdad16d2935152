import { floatText } from '../../shared/documents/python-text.ts';
import { oneLine } from './text.ts';

/** A column with its heading; numbers are aligned to the right. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'int' | 'float';
}
export type Cell = string | number | null;

/**
 * Floats have a decimal point, as on the wire, and at most this many digits: enough to distinguish runs, without
 * `0.30000000000000004`.
 */
const FLOAT_DIGITS = 10;

/** Created on first use: that takes 20 ms, and most commands show no table. */
let characters: Intl.Segmenter | undefined;

/** Width of a column in characters as people see them; accents and joined emoji count once. */
function widthOf(text: string): number {
  characters ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...characters.segment(text)].length;
}

/**
 * A table as lines of text: header, dashes, rows; columns are separated by ` | `, cells padded with blanks
 * (flowServ command line, general rules). A missing value is an empty cell.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => columns.map((column, i) => cellText(row[i] ?? null, column)));
  const header = columns.map(({ name }) => plain(name));
  const widths = columns.map((_column, i) =>
    Math.max(...[header, ...texts].map((row) => widthOf(row[i] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    columns.map(({ type }, i) => pad(row[i] ?? '', widths[i] ?? 0, type)).join(' | ');
  return [line(header), widths.map((width) => '-'.repeat(width)).join('-|-'), ...texts.map(line)];
}

function cellText(cell: Cell, { type }: Column): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return plain(cell);
  return type === 'float' ? floatText(Number(cell.toPrecision(FLOAT_DIGITS))) : String(cell);
}

/** A text in one line, with which no name can look like further columns. */
const plain = (text: string): string => oneLine(text).replaceAll('|', '\\|');

function pad(text: string, width: number, type: Column['type']): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return type === 'string' ? text + blanks : blanks + text;
}
