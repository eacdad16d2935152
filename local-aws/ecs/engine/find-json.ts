/** The value of a text; undefined where it is no JSON, as engines and their helpers answer some errors with plain text. */
export function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
