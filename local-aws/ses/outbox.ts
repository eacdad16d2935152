import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Stores a message as `<UTC time>-<message id>.eml`, so that file names sort by time of sending. The file appears
 * whole or not at all, and only its owner may read it: mails contain links to reset passwords.
 *
 * @returns the path of the file
 */
export async function keepMessage(
  outboxDir: string,
  messageId: string,
  date: Date,
  text: string,
): Promise<string> {
  await mkdir(outboxDir, { recursive: true, mode: 0o700 });
  const path = join(outboxDir, `${date.toISOString().replaceAll(':', '-')}-${messageId}.eml`);
  const unfinished = `${path}.tmp`;
  await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' });
  await rename(unfinished, path);
  return path;
}
