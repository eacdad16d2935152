/** Who gets a static file, from the most open to the most private. */
export const FILE_ACCESS = ['public', 'steps', 'private'] as const;

/**
 * `private`: the organiser's own steps, in tasks that hold no participant's code. `steps`: all steps. `public`: all
 * steps, and participants may be shown the file.
 */
export type FileAccess = (typeof FILE_ACCESS)[number];

/** The one of two that fewer get: where entries of a manifest overlap, the most private wins. */
export const mostPrivate = (a: FileAccess, b: FileAccess): FileAccess =>
  FILE_ACCESS.indexOf(a) > FILE_ACCESS.indexOf(b) ? a : b;

interface WithAccess {
  readonly path: string;
  readonly access: FileAccess;
}

export const isPrivate = ({ access }: Pick<WithAccess, 'access'>): boolean => access === 'private';

/** The paths of static files, apart by whether participants may know of them. */
export function pathsByAccess(files: readonly WithAccess[]) {
  return {
    known: files.filter((file) => !isPrivate(file)).map(({ path }) => path),
    private: files.filter(isPrivate).map(({ path }) => path),
  };
}
