/** Levels of access to a static file, from the most open to the most private. */
export const FILE_ACCESS = ['public', 'steps', 'private'] as const;

/**
 * Who gets a static file. `private`: only the organiser's steps, in tasks without a participant's code. `steps`: all
 * steps. `public`: all steps, and participants may see the file.
 */
export type FileAccess = (typeof FILE_ACCESS)[number];

/** Returns the more restrictive of two levels: if entries of a manifest overlap, the most private applies. */
export const mostPrivate = (a: FileAccess, b: FileAccess): FileAccess =>
  FILE_ACCESS.indexOf(a) > FILE_ACCESS.indexOf(b) ? a : b;

interface WithAccess {
  readonly path: string;
  readonly access: FileAccess;
}

export const isPrivate = ({ access }: Pick<WithAccess, 'access'>): boolean => access === 'private';

/** Returns the paths of static files, separated by whether participants may know them. */
export function pathsByAccess(files: readonly WithAccess[]) {
  return {
    known: files.filter((file) => !isPrivate(file)).map(({ path }) => path),
    private: files.filter(isPrivate).map(({ path }) => path),
  };
}
