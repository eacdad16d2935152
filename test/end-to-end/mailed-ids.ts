import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Returns the mails that a local stack sent, oldest first. */
export function mails(dataDir: string): string[] {
  const outbox = join(dataDir, 'outbox');
  if (!existsSync(outbox)) return [];
  return readdirSync(outbox, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
}

/** Returns the ids in mails to an address, oldest first. */
export function mailedIds(dataDir: string, address: string): string[] {
  const to = (text: string) => /^To: (.*?)\r?$/m.exec(text)?.[1] ?? '';
  return mails(dataDir)
    .filter((text) => to(text).includes(address))
    .map((text) => /^ {2}([0-9a-f]+)\r?$/m.exec(text)?.[1] ?? '');
}
