/** Which paths of a run directory belong to the workflow's own files. */
import { foldersAbove } from '../documents/relative-path.ts';

/**
 * A test for paths that a user's upload must not take: those of static files, of the folders above them, and
 * paths below a static file.
 *
 * @param files normal relative paths of the static files.
 */
export function staticPathTest(files: Iterable<string>): (path: string) => boolean {
  const paths = new Set(files);
  const folders = new Set<string>();
  for (const file of paths) for (const folder of foldersAbove(file)) folders.add(folder);
  return (path) =>
    paths.has(path) || folders.has(path) || foldersAbove(path).some((above) => paths.has(above));
}
