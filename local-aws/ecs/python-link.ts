import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';

/**
 * Creates a folder with `python` if the search path has only `python3`, as on Debian: commands of workflow templates
 * use `python`, which every Python image has.
 *
 * @returns the folder, or undefined when nothing needs to be added.
 */
export async function pythonLinkFolder(folder: string, searchPath: string): Promise<string | undefined> {
  if (await findProgram('python', searchPath)) return undefined;
  const python3 = await findProgram('python3', searchPath);
  if (!python3) return undefined;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const link = join(folder, 'python');
  await rm(link, { force: true });
  await symlink(python3, link);
  return folder;
}
