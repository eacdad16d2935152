/** Longest reason that a run's messages repeat of another program's words. */
const MAX_LENGTH = 1000;

/**
 * A text of the container service or of the staging program as participants may read it: without ARNs,
 * account numbers and paths of the machine, which are the operator's.
 */
export function publicText(text: string): string {
  return text
    .replace(/\barn:[\w-]+:\S+/g, '(ARN)')
    .replace(/\b\d{12}\b/g, '(account)')
    .replace(/(?<![\w.:/-])(?:\/[^\s/'",;)]+){2,}/g, '(path)')
    .slice(0, MAX_LENGTH)
    .toWellFormed();
}
