import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of the identity's file. It cannot be the folder of a task, since no task id begins with a dot. */
const FILE = '.engine';

/**
 * Returns the identity of a folder of tasks. It distinguishes the containers of this folder from those of other folders
 * on the same engine. A moved folder keeps its identity, and a copy gets a new one.
 */
export async function stackIdentity(workRoot: string): Promise<string> {
  await mkdir(workRoot, { recursive: true, mode: 0o700 });
  const path = join(workRoot, FILE);
  await writeFile(path, randomUUID(), { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const { dev, ino } = await stat(path);
  const secret = await readFile(path, 'utf8');
  return createHash('sha256').update(`${secret} ${dev} ${ino}`).digest('hex').slice(0, 32);
}
