import type { Warning } from '../documents/warning.ts';

/** Warnings of one step that are kept; a step can cause one for each of its files. */
const MAX_WARNINGS = 100;

/** The code of a warning about something of the step's tree that is not handed on or kept. */
export const FILE_DROPPED = 'file.dropped';

export interface Warnings {
  add(message: string, code?: string): void;
  /** The first hundred, and how many there were beyond. */
  list(): Warning[];
}

export function createWarnings(): Warnings {
  const kept: Warning[] = [];
  let dropped = 0;
  return {
    add(message, code = FILE_DROPPED) {
      if (kept.length < MAX_WARNINGS) kept.push({ code, message });
      else dropped += 1;
    },
    list: () =>
      dropped === 0
        ? [...kept]
        : [...kept, { code: 'warnings.more', message: `and ${dropped} more warnings` }],
  };
}
