/**
 * Parses a text; undefined if it is not valid JSON, because engines and their helpers report some errors as plain
 * text.
 */
export function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
