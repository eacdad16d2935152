import { pathBytes } from '../documents/relative-path.ts';
import { invalid } from '../errors.ts';

/** S3 object keys have at most 1,024 bytes (Amazon S3, object keys); 300 are reserved for the prefix of the run. */
const MAX_PATH_BYTES = 724;

/**
 * Normalises a relative path inside the run tree: removes empty parts and `.` parts, and keeps a final `/`, which
 * marks a folder.
 *
 * @param what name of the path in the message, e.g. `output`.
 * @throws FlowservError 400 `path.unsafe` for an absolute or empty path, `..`, NUL, or more than 724 bytes.
 */
export function runPath(path: string, what: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const unsafe = path.startsWith('/') || path.includes('\0') || parts.includes('..') || parts.length === 0;
  if (unsafe || pathBytes(path) > MAX_PATH_BYTES) {
    throw invalid('path.unsafe', `invalid ${what} path '${path.slice(0, 200)}'`);
  }
  return `${parts.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

/** Like runPath, for the path of a file, which may not end in `/`. */
export function runFilePath(path: string, what: string): string {
  const normal = runPath(path, what);
  if (normal.endsWith('/')) {
    throw invalid('path.unsafe', `invalid ${what} path '${path.slice(0, 200)}'`);
  }
  return normal;
}

/**
 * Rejects file paths if one of them would have to be a folder of another.
 *
 * @throws FlowservError 400 `path.conflict`.
 */
export function checkNoFileInsideFile(paths: readonly string[]): void {
  const files = new Set(paths);
  for (const path of files) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (files.has(path.slice(0, slash))) {
        throw invalid('path.conflict', `'${path.slice(0, slash)}' is a file and a folder of '${path}'`);
      }
    }
  }
}
