import { randomBytes } from 'node:crypto';

/** Name of a new log stream; each execution environment of a function writes to its own. */
export function logStreamName(now = new Date()): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
