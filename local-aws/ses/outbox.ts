import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Keeps a message as `<UTC time>-<message id>.eml`, so that a listing by name is in order of sending. The
 * file appears whole or not at all and is readable for its owner only: mails carry links to reset passwords.
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
