import type { Warning } from '../documents/warning.ts';

/** Maximum warnings kept per step; a step can cause one for each of its files. */
const MAX_WARNINGS = 100;

/** The code of a warning about an entry of the step's tree that is not kept or does not reach the next step. */
export const FILE_DROPPED = 'file.dropped';

export interface Warnings {
  add(message: string, code?: string): void;
  /** The first hundred, and the number of those left out. */
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
