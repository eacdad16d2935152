/** Whether an output declaration, a path or a folder, stands for this path. */
export function covers(output: string, path: string): boolean {
  const folder = output.endsWith('/') ? output : `${output}/`;
  return path === output || path.startsWith(folder);
}

/** What is kept of a run: its outputs, and the document of its result. */
export const keptPaths = (outputs: readonly string[], resultFile: string | null | undefined): string[] => [
  ...outputs,
  ...(resultFile === null || resultFile === undefined ? [] : [resultFile]),
];
