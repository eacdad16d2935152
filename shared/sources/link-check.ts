import { posix, resolve } from 'node:path';
import { didYouMean, nearestPath } from '../documents/nearest-name.ts';
import { type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { foldersAbove } from '../documents/relative-path.ts';
import { FlowservError } from '../errors.ts';
import { warn } from '../template/template-warnings.ts';
import { containedPath } from './contained-file.ts';
import { relativeLinks } from './instruction-links.ts';
import { listSourceFiles } from './source-files.ts';

/**
 * Warns about relative links in instructions to files that the source does not have.
 *
 * @param folders the source, and the folder of the instructions: a link may be relative to either
 */
export async function warnOfLinks(
  text: string,
  [root, folder]: readonly [root: string, folder: string],
  location: Location,
): Promise<void> {
  let paths: readonly string[] | undefined;
  for (const link of relativeLinks(text)) {
    if (!takesWarnings(location)) return;
    if ((await isThere(root, resolve(root, link))) || (await isThere(root, resolve(folder, link)))) continue;
    paths ??= await pathsOf(root);
    const hint = didYouMean(nearestPath(posix.normalize(link), paths)) || '; check its path';
    warn(
      location,
      'link.missing',
      `a link leads to '${quotedText(link)}', which the source does not have${hint}`,
    );
  }
}

const isThere = async (root: string, path: string): Promise<boolean> =>
  (await unlessRejected(containedPath(root, path))) !== undefined;

/** Files and folders of the source. */
async function pathsOf(root: string): Promise<readonly string[]> {
  const files = (await unlessRejected(listSourceFiles(root, ''))) ?? [];
  return [...new Set(files.flatMap(({ path }) => [path, ...foldersAbove(path)]))];
}

/** Undefined for what the source may not have, which is reported as a problem where it is used. */
async function unlessRejected<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof FlowservError) return undefined;
    throw error;
  }
}
