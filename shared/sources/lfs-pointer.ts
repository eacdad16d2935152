/**
 * Sizes of a pointer: it has fewer than 1,024 bytes, and contains at least a version, a hash and a size (Git LFS
 * specification).
 */
export const MIN_POINTER_BYTES = 100;
export const MAX_POINTER_BYTES = 1023;

/** A pointer starts with the version. Before its first release, Git LFS had another name. */
const FIRST_LINE = /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\/v1\r?\n/;

/** Whether a text is a pointer to a file in Git LFS (Git LFS specification, "The Pointer"). */
export const isLfsPointer = (text: string): boolean =>
  text.length <= MAX_POINTER_BYTES && FIRST_LINE.test(text) && /^oid sha256:[0-9a-f]{64}\r?$/m.test(text);
