/** Whether an output declaration, which is a file or a folder, includes this path. */
export function covers(output: string, path: string): boolean {
  const folder = output.endsWith('/') ? output : `${output}/`;
  return path === output || path.startsWith(folder);
}

/**
 * Returns files in the order of the declarations that include them; files of one declaration are ordered by the bytes
 * of their paths.
 */
export function inDeclaredOrder<T extends { readonly path: string }>(
  declared: readonly string[],
  files: readonly T[],
): T[] {
  const placed = files.map((file) => ({
    file,
    position: declared.findIndex((output) => covers(output, file.path)),
    bytes: Buffer.from(file.path),
  }));
  placed.sort((a, b) => a.position - b.position || Buffer.compare(a.bytes, b.bytes));
  return placed.map(({ file }) => file);
}

/** Returns the paths that a run keeps: its outputs and the result document. */
export const keptPaths = (outputs: readonly string[], resultFile: string | null | undefined): string[] => [
  ...outputs,
  ...(resultFile === null || resultFile === undefined ? [] : [resultFile]),
];
