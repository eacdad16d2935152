/** Whether an output declaration, a path or a folder, stands for this path. */
export function covers(output: string, path: string): boolean {
  const folder = output.endsWith('/') ? output : `${output}/`;
  return path === output || path.startsWith(folder);
}
