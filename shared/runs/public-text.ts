/** Longest text of another program that a run's messages repeat. */
const MAX_LENGTH = 1000;

/**
 * Makes a text of the container service or the staging program safe for participants: removes ARNs, account numbers
 * and paths of the host, which are the operator's.
 */
export function publicText(text: string): string {
  return text
    .replace(/\barn:[\w-]+:\S+/g, '(ARN)')
    .replace(/\b\d{12}\b/g, '(account)')
    .replace(/(?<![\w.:/-])(?:\/[^\s/'",;)]+){2,}/g, '(path)')
    .slice(0, MAX_LENGTH)
    .toWellFormed();
}
