/**
 * Static files win: what the organiser has installed stays in its place, unless the template itself says
 * otherwise. This is the one place where that is decided. The cast of arguments and the start of a run ask
 * it before they accept a path, and the tree of a run asks it again before a file is laid out.
 */
import { foldersAbove } from '../documents/relative-path.ts';

/** Whether a file may take a place. A static file gives way only to a path that the template declares. */
export const givesWay = (isStatic: boolean, declared: boolean): boolean => !isStatic || declared;

/**
 * The rule for paths that a user's files are to get.
 *
 * Static are the paths of static files, of the folders above them, and all paths below a static file.
 *
 * @param files normal relative paths of the static files.
 * @returns whether a file may lie at a path, which the template has `declared` or not.
 */
export function placeRule(files: Iterable<string>): (path: string, declared: boolean) => boolean {
  const paths = new Set(files);
  const folders = new Set<string>();
  for (const file of paths) for (const folder of foldersAbove(file)) folders.add(folder);
  const isStatic = (path: string) =>
    paths.has(path) || folders.has(path) || foldersAbove(path).some((above) => paths.has(above));
  return (path, declared) => givesWay(isStatic(path), declared);
}
