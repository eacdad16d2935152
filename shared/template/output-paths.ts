/** Whether an output declaration, a path or a folder, stands for this path. */
export function covers(output: string, path: string): boolean {
  const folder = output.endsWith('/') ? output : `${output}/`;
  return path === output || path.startsWith(folder);
}

/**
 * Files in the order of the declarations that stand for them; those of one declaration by the bytes of their paths.
 */
export function inDeclaredOrder<T extends { readonly path: string }>(
  declared: readonly string[],
  files: readonly T[],
): T[] {
  const placed = files.map((file) => ({
    file,
    place: declared.findIndex((output) => covers(output, file.path)),
    bytes: Buffer.from(file.path),
  }));
  placed.sort((a, b) => a.place - b.place || Buffer.compare(a.bytes, b.bytes));
  return placed.map(({ file }) => file);
}

/** What is kept of a run: its outputs, and the document of its result. */
export const keptPaths = (outputs: readonly string[], resultFile: string | null | undefined): string[] => [
  ...outputs,
  ...(resultFile === null || resultFile === undefined ? [] : [resultFile]),
];
