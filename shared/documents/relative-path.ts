/**
 * Relative paths inside a run's tree, a template's source or an object key.
 *
 * Source: flowServ template specification, file parameters ("reject absolute target paths and `..`").
 */

/**
 * Length of a path in bytes, as JSON text: documents list thousands of paths, and JSON writes a quote as two bytes and a
 * control character as six.
 */
export const pathBytes = (path: string): number => Buffer.byteLength(JSON.stringify(path), 'utf8') - 2;

/**
 * Maximum length of a path in bytes: an object key has 1,024 (Amazon S3 user guide, "Naming Amazon S3 objects"),
 * of which the prefix with our own ids needs fewer than 124.
 */
const MAX_PATH_BYTES = 900;

/** Maximum length of the name of a file or folder in bytes (`NAME_MAX` of Linux file systems). */
const MAX_NAME_BYTES = 255;

/** `file`: a file; `folder`: a folder, including the tree itself (`.`); `any`: a final `/` marks a folder. */
export type PathKind = 'file' | 'folder' | 'any';

export type PathReading =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly fault: string };

const byteLength = (text: string) => Buffer.byteLength(text, 'utf8');

function fault(text: string): string | undefined {
  if (text.startsWith('/')) return "is absolute; write it without the '/' at its start";
  if (text.includes('\\')) return "contains a backslash; separate folders with '/'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is rejected here
  if (/[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed()) return 'contains a control character';
  if (pathBytes(text) > MAX_PATH_BYTES) return `is longer than ${MAX_PATH_BYTES} bytes`;
  const names = text.split('/');
  if (names.includes('..')) return "contains '..'; it must not lead out of its folder";
  return names.some((name) => byteLength(name) > MAX_NAME_BYTES)
    ? `contains a name of more than ${MAX_NAME_BYTES} bytes`
    : undefined;
}

/**
 * Checks a path from outside and normalises it: no `.` segments, no repeated `/`. A final `/` is kept for kind `any`
 * and removed for a folder. The tree itself is the empty path.
 *
 * @returns the normal path, or a problem that completes the sentence "the path …".
 */
export function readRelativePath(text: string, kind: PathKind): PathReading {
  const found = fault(text);
  if (found !== undefined) return { ok: false, fault: found };
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  if (kind === 'folder') return { ok: true, path: names.join('/') };
  if (names.length === 0) return { ok: false, fault: 'is empty; name a file' };
  const isFolder = /(^|\/)\.?$/.test(text);
  if (isFolder && kind === 'file')
    return { ok: false, fault: "ends like a folder; name a file, without a final '/'" };
  return { ok: true, path: names.join('/') + (isFolder ? '/' : '') };
}

/** Returns the folders that contain a path: `a` and `a/b` for `a/b/c`. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}
