import type { Run } from '../../shared/api/answers.ts';
import { oneLine } from '../terminal/text.ts';

/** The warnings of a run as lines, except those that the messages of a failed run also contain. */
export const unsaidWarnings = ({ warnings = [], messages = [] }: Run): string[] =>
  warnings
    .filter(({ message }) => !messages.includes(`warning: ${message}`))
    .map(({ code, message }) => oneLine(`${message} (${code})`));
