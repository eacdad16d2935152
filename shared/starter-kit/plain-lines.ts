/** The lines of a text without characters that could change how the lines around it are read. */
export const plainLines = (text: string): string[] =>
  text
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trimEnd())
    .filter((line) => line !== '');
