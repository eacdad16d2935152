/**
 * Static files win: what the organiser has installed stays in its place, and nothing comes to lie beside it, unless
 * the template itself says otherwise. Programs take code from the folders of their files: Python imports what lies
 * beside a script, Node.js reads `package.json` above it.
 *
 * This is the one place where that is decided. The cast of arguments and the start of a run ask it before they accept
 * a path, the tree of a run before a file is laid out, and the staging program and the ticket broker before they hand
 * on what a step has left.
 */
import { foldersAbove } from '../documents/relative-path.ts';
import { covers } from './output-paths.ts';

/** Whether a file may take a place. A static file gives way only to a path that the template declares. */
export const givesWay = (isStatic: boolean, declared: boolean): boolean => !isStatic || declared;

/**
 * What the organiser's steps take from the run directory itself: nothing, modules that Python imports, or files that
 * their commands name, which closes it.
 */
export type Root = 'open' | 'imports' | 'closed';

/** Settings and code that programs look for in their working folder, or above the script that they run. */
const LOOKED_UP: ReadonlySet<string> = new Set([
  ...['node_modules', 'package.json', 'bunfig.toml', 'deno.json', 'deno.jsonc', 'tsconfig.json', '.npmrc'],
  ...[
    'makefile',
    'gnumakefile',
    'rakefile',
    'gemfile',
    '.bundle',
    'snakefile',
    'justfile',
    'nextflow.config',
  ],
  ...['conftest.py', 'pytest.ini', 'pytest.toml', '.pytest.ini', 'tox.ini', 'setup.cfg', 'pyproject.toml'],
  ...[
    'matplotlibrc',
    'luigi.cfg',
    '.coveragerc',
    'ipython_config.py',
    'jupyter_config.py',
    'jupyter_config.json',
  ],
  ...[
    '.rprofile',
    '.renviron',
    '.rdata',
    '.octaverc',
    'startup.m',
    '.gdbinit',
    '.irbrc',
    'juliaproject.toml',
  ],
  ...['.mvn', '.cargo', 'go.work'],
]);
const isLookedUp = (path: string): boolean => LOOKED_UP.has((path.split('/', 1)[0] ?? '').toLowerCase());

/** What Python imports, or reads of packages. */
const MODULE = /\.(?:py|pyc|pyd|so)$|\.(?:dist|egg)-info(?:\/|$)/i;
/** Stand among closed folders for the modules in all others, and for what programs look up; no folder has such a name. */
const MODULES = '/modules';
const STARTUP = '/startup';

/**
 * The closed folders: those at the top of the run directory in which static files lie, at any depth, for a file beside
 * a package takes its place as well. The run directory itself is '' here; '/modules' stands for
 * Python's modules anywhere, '/startup' for what programs look up in the run directory.
 */
export function closedFolders(files: Iterable<string>, root: Root): readonly string[] {
  if (root === 'closed') return [''];
  const tops = [...files].flatMap((file) => foldersAbove(file).slice(0, 1));
  return [...new Set(tops), STARTUP, ...(root === 'imports' ? [MODULES] : [])].sort();
}

/** The closed folder in which a path lies, or undefined. Some disks take names for the same that differ in case or form. */
const closedAbove = (closed: readonly string[], path: string): string | undefined =>
  closed.find((folder) => {
    if (folder === MODULES) return MODULE.test(path);
    if (folder === STARTUP) return isLookedUp(path);
    return folder === '' || onDisk(path).startsWith(`${onDisk(folder)}/`);
  });

const onDisk = (path: string): string => path.normalize('NFD').toLowerCase();

/**
 * The rule for paths that a user's files are to get.
 *
 * Static are the paths of static files, of the folders above them, and all paths below a static file.
 *
 * @param files normal relative paths of the static files.
 * @param privateFiles those of private ones: what lies anywhere below the folder of one has the same answer, so that
 * nobody finds out their names by trying.
 * @returns why no file may lie at a path, which the template has `declared` or not; undefined where one may.
 */
export function placeRule(
  files: Iterable<string>,
  root: Root = 'open',
  privateFiles: Iterable<string> = [],
): (path: string, declared: boolean) => string | undefined {
  const isNearPrivate = privateSurroundings(privateFiles);
  const paths = new Set(files);
  const folders = new Set<string>();
  for (const file of paths) for (const folder of foldersAbove(file)) folders.add(folder);
  const closed = closedFolders(paths, root);
  const isStatic = (path: string) =>
    paths.has(path) || folders.has(path) || foldersAbove(path).some((above) => paths.has(above));
  return (path, declared) => {
    if (!givesWay(isStatic(path) || isNearPrivate(path), declared))
      return 'belongs to a file of the workflow; name another';
    if (declared) return undefined;
    const mend = 'or have the template declare this one as the target of a parameter';
    const folder = closedAbove(closed, path);
    if (folder === STARTUP || path.startsWith('.')) {
      return `is one where programs look for code; name another, ${mend}`;
    }
    if (folder === undefined) return undefined;
    return `lies in ${shownFolder(folder)}; name a path in another folder, ${mend}`;
  };
}

/** What goes on to later steps of what a step leaves in the run directory. */
export interface HandOver {
  /** As of `closedFolders`. */
  readonly closed: readonly string[];
  /** Outputs that the template itself declares, as paths or folders; in a closed folder nothing else goes on. */
  readonly declared: readonly string[];
  /** Outputs of a step that a participant brings: nothing else goes on. Null for a step of the organiser. */
  readonly leaves: readonly string[] | null;
  /** What the organiser's steps make: what lies there stays as it was before the participant's steps. */
  readonly others: readonly string[];
}

/** Everything goes on. */
export const FREE_HAND_OVER: HandOver = { closed: [], declared: [], leaves: null, others: [] };

/** Whether a file that lies at a path before a step of a participant is to stay as it is. */
export const belongsToOthers = ({ others }: HandOver, path: string): boolean =>
  others.some((output) => covers(output, path));

/**
 * Why what a step leaves at a path does not go on, with what to do about it; undefined where it does.
 *
 * @param target of a link: what a participant's step leaves may lead to what it leaves only.
 */
export function refusedPlace(handOver: HandOver, path: string, target?: string): string | undefined {
  const { closed, declared, leaves, others } = handOver;
  const goesOn = (place: string) =>
    leaves === null || (leaves.some((output) => covers(output, place)) && !belongsToOthers(handOver, place));
  if (!goesOn(path)) {
    return "it is no declared output of this step; write to one, or have it listed in the step's 'files.outputs'";
  }
  if (target !== undefined && !goesOn(linkedPath(path, target))) {
    return 'it is a link to what this step does not leave; copy the file';
  }
  if (target !== undefined && leaves !== null && others.some((output) => output.startsWith(`${path}/`))) {
    return 'it is a link above what a step of the organiser makes; make it a folder';
  }
  const folder = closedAbove(closed, path);
  if (folder === undefined || declared.some((output) => covers(output, path))) return undefined;
  return `it lies in ${shownFolder(folder)}; write it elsewhere, or have the template list it in 'outputs'`;
}

/** Whether something below a path may go on. */
export const holdsOutputs = ({ declared, leaves }: HandOver, path: string): boolean =>
  (leaves ?? declared).some((output) => output.startsWith(`${path}/`));

function shownFolder(folder: string): string {
  if (folder === '') return 'the run directory, from which a step of the workflow takes code';
  if (folder === MODULES) return 'a place where a step of the workflow may import it';
  if (folder === STARTUP) return 'a place where programs look for code';
  return `the folder '${folder}' of the workflow's own files`;
}

/**
 * Where a relative link leads by its names alone, or '..', which no output covers: above the top, and where the way goes
 * up again, since `a/..` may be anywhere when `a` is a link itself.
 */
function linkedPath(path: string, target: string): string {
  if (target.startsWith('/')) return '..';
  const names = path.split('/').slice(0, -1);
  let down = false;
  for (const name of target.split('/').filter((part) => part !== '' && part !== '.')) {
    if (name === '..' && (down || names.pop() === undefined)) return '..';
    if (name !== '..') names.push(name);
    down ||= name !== '..';
  }
  return names.join('/');
}

/**
 * The surroundings of private files: the folder of each with everything below it, and the folders above it. A private
 * file that lies in no folder has all paths for its surroundings.
 *
 * @returns whether a path belongs to them.
 */
export function privateSurroundings(privateFiles: Iterable<string>): (path: string) => boolean {
  const folders = new Set<string>();
  const above = new Set<string>();
  for (const file of privateFiles) {
    const parents = foldersAbove(file);
    folders.add(onDisk(parents.at(-1) ?? ''));
    for (const folder of parents) above.add(onDisk(folder));
  }
  return (path) => {
    const place = onDisk(path);
    return folders.has('') || above.has(place) || foldersAbove(place).some((folder) => folders.has(folder));
  };
}
