/** Warnings of one step that are kept; a step can cause one for each of its files. */
const MAX_WARNINGS = 100;

export interface Warnings {
  add(text: string): void;
  /** The first hundred, and how many there were beyond. */
  list(): string[];
}

export function createWarnings(): Warnings {
  const kept: string[] = [];
  let dropped = 0;
  return {
    add(text) {
      if (kept.length < MAX_WARNINGS) kept.push(text);
      else dropped += 1;
    },
    list: () => (dropped === 0 ? [...kept] : [...kept, `and ${dropped} more warnings`]),
  };
}
