/** Returns the value of JSON text, or undefined if it is not valid. */
export function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
