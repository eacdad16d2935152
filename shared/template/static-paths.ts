/**
 * Static files take precedence: a run cannot replace a file that the organiser installed, or add a file beside it,
 * unless the template itself allows that. Programs load code from the folders of their files: Python imports modules
 * beside a script, Node.js reads `package.json` above it.
 *
 * Only this file defines these rules. They are applied when the cast of arguments and the start of a run accept a path,
 * when a file is added to a run tree, and when the staging program and the ticket broker pass on the files of a step.
 */
import { foldersAbove } from '../documents/relative-path.ts';
import { type ImportingLanguage, importingLanguages, isLookedUp, isModuleOf } from './looked-up-paths.ts';
import { covers } from './output-paths.ts';

/** Whether a run may put a file at a path. It may replace a static file only at a path that the template declares. */
export const givesWay = (isStatic: boolean, declared: boolean): boolean => !isStatic || declared;

/**
 * What the organiser's steps load from the run directory itself. `closed`: files that their commands name, so the whole
 * directory is closed. Otherwise the languages whose programs load code from it, often none.
 */
export type Root = 'closed' | readonly ImportingLanguage[];

/**
 * Special entries in lists of closed folders, whose names no folder can have: files that programs look up, and below
 * MODULES the modules of a language in any folder.
 */
const STARTUP = '/startup';
const MODULES = '/modules/';
const LANGUAGES = new Map(importingLanguages.map((language) => [`${MODULES}${language}`, language]));

/**
 * Returns the closed folders: top-level folders of the run directory that contain static files at any depth, because a
 * file beside a package can replace it too. '' is the run directory itself, '/modules/python' means modules of Python
 * anywhere, '/startup' means files that programs look up in the run directory.
 */
export function closedFolders(files: Iterable<string>, root: Root): readonly string[] {
  if (root === 'closed') return [''];
  const tops = [...files].flatMap((file) => foldersAbove(file).slice(0, 1));
  return [...new Set(tops), STARTUP, ...root.map((language) => `${MODULES}${language}`)].sort();
}

/**
 * Returns the closed folder that contains a path, or undefined. Some disks treat names as equal that differ in case or
 * form.
 */
const closedAbove = (closed: readonly string[], path: string, isLink = false): string | undefined =>
  closed.find((folder) => {
    const language = LANGUAGES.get(folder);
    if (language !== undefined) return isModuleOf(language, path);
    if (folder === STARTUP) return isLookedUp(path, isLink);
    return folder === '' || onDisk(path).startsWith(`${onDisk(folder)}/`);
  });

const onDisk = (path: string): string => path.normalize('NFD').toLowerCase();

/**
 * Creates the check of paths for a user's files.
 *
 * Static paths are the paths of static files, of the folders above them, and all paths below a static file.
 *
 * @param files normal relative paths of the static files.
 * @param privateFiles paths of the private static files. All paths below the folder of a private file get the same
 *   result, so that users cannot find out names by trying.
 * @returns a function that returns why no file may be at a path, or undefined if a file may. `declared` is whether the
 *   template declares the path.
 */
export function locationRule(
  files: Iterable<string>,
  root: Root = [],
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
    const fix = 'or have the template declare this one as the target of a parameter';
    const folder = closedAbove(closed, path);
    if (folder === STARTUP) {
      return `is a path where programs look for code; name another, ${fix}`;
    }
    if (folder === undefined) return undefined;
    return `is in ${shownFolder(folder)}; name a path in another folder, ${fix}`;
  };
}

/** Rules for the files of a step that later steps get. */
export interface HandOver {
  /** Result of `closedFolders`. */
  readonly closed: readonly string[];
  /**
   * Outputs that the template itself declares, as paths or folders. In a closed folder, later steps get only these.
   */
  readonly declared: readonly string[];
  /** Outputs of a step that a participant supplies; later steps get only these. Null for an organiser's step. */
  readonly leaves: readonly string[] | null;
  /** Outputs of the organiser's steps: a participant's steps cannot change the files there. */
  readonly others: readonly string[];
}

/** Later steps get everything. */
export const FREE_HAND_OVER: HandOver = { closed: [], declared: [], leaves: null, others: [] };

/** Whether a path belongs to the organiser's steps, so that a participant's step cannot change a file there. */
export const belongsToOthers = ({ others }: HandOver, path: string): boolean =>
  others.some((output) => covers(output, path));

/**
 * Returns why later steps do not get what a step left at a path, and how to fix that; undefined if they get it.
 *
 * @param target target of a link. A link from a participant's step may lead only to outputs of that step.
 */
export function dropReason(handOver: HandOver, path: string, target?: string): string | undefined {
  const { closed, declared, leaves, others } = handOver;
  const goesOn = (file: string) =>
    leaves === null || (leaves.some((leaf) => covers(leaf, file)) && !belongsToOthers(handOver, file));
  if (!goesOn(path)) {
    return "it is not a declared output of this step; write to one, or have it listed in the step's 'files.outputs'";
  }
  if (target !== undefined && !goesOn(linkedPath(path, target))) {
    return 'it is a link to a file that this step does not pass on; copy the file';
  }
  if (target !== undefined && leaves !== null && others.some((output) => output.startsWith(`${path}/`))) {
    return "it is a link above an output of the organiser's steps; make it a folder";
  }
  const folder = closedAbove(closed, path, target !== undefined);
  if (folder === undefined || declared.some((output) => covers(output, path))) return undefined;
  return `it is in ${shownFolder(folder)}; write it elsewhere, or have the template list it in 'outputs'`;
}

/** Whether later steps may get something below a path. */
export const holdsOutputs = ({ declared, leaves }: HandOver, path: string): boolean =>
  (leaves ?? declared).some((output) => output.startsWith(`${path}/`));

function shownFolder(folder: string): string {
  if (folder === '') return 'the run directory, from which a step of the workflow loads code';
  if (folder.startsWith(MODULES)) return 'a location where a step of the workflow may import it';
  if (folder === STARTUP) return 'a location where programs look for code';
  return `the folder '${folder}' of the workflow's own files`;
}

/**
 * Returns the path that a relative link refers to, from the names in it only. Returns '..', which no output covers, if
 * the path leaves the run directory, or goes down and up again: `a/..` may be anywhere if `a` is a link itself.
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
 * Returns a check for the surroundings of private files: the folder of each with everything below it, and the folders
 * above it. If a private file is in no folder, its surroundings are all paths.
 *
 * @returns a function that returns whether a path belongs to the surroundings.
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
    const diskPath = onDisk(path);
    return (
      folders.has('') || above.has(diskPath) || foldersAbove(diskPath).some((folder) => folders.has(folder))
    );
  };
}
