/** The value of a cell: a text, a number or a number as `JSON.rawJSON`; an empty cell otherwise. */
type Cell = unknown;

/**
 * The beginning of a text that a spreadsheet may take for a formula: these characters, in full width too, after blanks
 * and controls (OWASP, "CSV Injection").
 */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@|\uff1d\uff0b\uff0d\uff20]/u;
/** Texts of a line that spreadsheets and parsers of CSV need in quotes. */
const QUOTED = /[",;\r\n]|^[\s']|\s$/u;

/**
 * CSV with a line of names (RFC 4180). Numbers have all their digits. A text that a spreadsheet would execute gets an
 * apostrophe in front, which spreadsheets hide.
 */
export function csvOf(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  // Numbers, also with more digits than JavaScript has, are written as in JSON.
  if (typeof value !== 'string') return JSON.stringify(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The lines of a CSV after its first one. A line end within quotes belongs to a cell. */
export function withoutHeader(csv: string): string {
  let isQuoted = false;
  for (let at = 0; at < csv.length; at += 1) {
    if (csv[at] === '"') isQuoted = !isQuoted;
    else if (csv[at] === '\n' && !isQuoted) return csv.slice(at + 1);
  }
  return '';
}
