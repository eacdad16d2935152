/**
 * Makes text of other people safe to print: control characters could move the cursor, change the colours of the
 * screen or the direction of writing. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[[\p{Cc}\p{Bidi_Control}]--[\n\t]]/gv, '\ufffd');
}

/** As `printable`, on one line. */
export const oneLine = (text: string): string => printable(text).replace(/[\n\t]/g, ' ');

/** A time of the API down to the second: its first 19 characters (flowServ command line, general rules). */
export const shortTime = (timestamp: string): string => timestamp.slice(0, 19);

/** A word for a shell: everything except plain words is quoted. */
export function quoted(word: string): string {
  return /^[\w.~:/@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command for `eval $(…)`. Values come from a server, so they are quoted. */
export const exportLine = (name: string, value: string): string => `export ${name}=${quoted(value)}`;

/** Lines of at most that many characters, unless a word is longer. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** An amount of US dollars with four decimals: a run of a minute costs about 0.001. */
export const usdText = (usd: number): string => usd.toFixed(4);
