import { readFileSync } from 'node:fs';

/** Returns the rows of the table in a section of docs/authorization.md: outcomes by the text of the first column. */
export function tableOf(heading: string): Map<string, string[]> {
  const text = readFileSync(new URL('../../docs/authorization.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = [...section.matchAll(/^\| (`[^|]*) \| (.*) \|$/gm)];
  return new Map(rows.map(([, name = '', cells = '']) => [name, cells.split(' | ')]));
}
