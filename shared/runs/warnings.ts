import { NOT_RANKED, type Warning } from '../documents/warning.ts';

/** Why a run is not ranked, by its warnings; undefined if none of them says so. */
export const reasonNotRanked = (warnings: readonly Warning[]): string | undefined =>
  warnings.find(({ message }) => message.startsWith(NOT_RANKED))?.message.slice(NOT_RANKED.length);

/** Maximum warnings kept per run. */
const MAX_WARNINGS = 100;
/**
 * Maximum characters of one warning, and of all together: they are part of the run's item, as are its messages (400
 * KB in DynamoDB).
 */
const MESSAGE_LENGTH = 1_000;
const ALL_LENGTH = 20_000;

/**
 * As many warnings as a run keeps, and the number of those left out. Lone surrogates are replaced because they cannot
 * be stored.
 */
export function boundedWarnings(warnings: readonly Warning[]): readonly Warning[] {
  const kept: Warning[] = [];
  let left = ALL_LENGTH;
  for (const { code, message } of warnings.slice(0, MAX_WARNINGS)) {
    const text = message.slice(0, MESSAGE_LENGTH).toWellFormed();
    left -= text.length;
    if (left < 0) break;
    kept.push({ code, message: text });
  }
  const more = warnings.length - kept.length;
  return more === 0 ? kept : [...kept, { code: 'warnings.more', message: `and ${more} more warnings` }];
}
