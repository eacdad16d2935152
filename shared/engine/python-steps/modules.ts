import { posix } from 'node:path';
import { covers } from '../../template/output-paths.ts';
import type { CodeAction, NotebookAction } from '../python-action.ts';

/**
 * Where a code step finds the modules that belong to the run. A file of the run is imported only under a name that the
 * template itself gives a file: the run directory is never a search path, so that no upload can take the place of a
 * module of the image or of the standard library.
 */
export interface RunModules {
  /** `image`: the function's module comes from the image alone. `any`: from any file of the run (participants). */
  readonly function: ModuleKind | 'image' | 'any';
  /** Further modules of the template, which count only if neither the image nor Python has one of that name. */
  readonly others: Readonly<Record<string, ModuleKind>>;
}

/** A file `name.py`, or a folder `name` with modules. */
type ModuleKind = 'file' | 'folder';

export interface ModuleSources {
  /** Static files that the step gets. */
  readonly staticFiles: readonly string[];
  /** Paths outside the static files where the template declares a file or folder: targets of arguments, outputs. */
  readonly declared: readonly string[];
}

/** Names of our own package. */
const OWN = 'flowserv';
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Returns the files of the run that a code or notebook step may run: those of its module, or its notebook. */
export const filesOfCall = (action: CodeAction | NotebookAction): readonly string[] =>
  action.kind === 'code' ? moduleFiles(action.func) : [posix.normalize(action.notebook)];

/** Returns the files that may hold the module of a function, given by its dotted path. */
function moduleFiles(func: string): readonly string[] {
  const module = func.slice(0, func.lastIndexOf('.')).replaceAll('.', '/');
  return [`${module}.py`, `${module}/__init__.py`];
}

/** Returns where the organiser's code step finds the modules of the run. */
export function runModules(func: string, { staticFiles, declared }: ModuleSources): RunModules {
  const own = new Set(staticFiles);
  const isMade = (made: string) => declared.some((path) => covers(path, made));
  const [file = '', init = ''] = moduleFiles(func);
  const isKnown = (path: string) => own.has(path) || isMade(path);
  const inFolder = file.includes('/') ? isKnown(file) || isKnown(init) : isKnown(init);
  const [top = ''] = func.split('.');
  return {
    function: inFolder ? 'folder' : isKnown(file) ? 'file' : 'image',
    others: otherModules(top, staticFiles, declared),
  };
}

/** The other modules among the static files, without those where an argument or a step may leave a file. */
function otherModules(
  top: string,
  staticFiles: readonly string[],
  declared: readonly string[],
): Readonly<Record<string, ModuleKind>> {
  const kinds = new Map<string, ModuleKind>();
  for (const path of staticFiles.filter((file) => file.endsWith('.py'))) {
    const [first = '', ...rest] = path.split('/');
    const name = rest.length === 0 ? first.slice(0, -'.py'.length) : first;
    if (!NAME.test(name) || name === top || name === OWN) continue;
    const isOpen = declared.some((one) => covers(one, first) || one === first || one.startsWith(`${first}/`));
    if (isOpen) continue;
    if (rest.length > 0) kinds.set(name, 'folder');
    else if (!kinds.has(name)) kinds.set(name, 'file');
  }
  return Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
}
