import { foldersAbove } from '../documents/relative-path.ts';
import { pathsIn } from '../engine/paths-in-action.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { splitReferences } from '../template/references.ts';

/** Characters that separate words of commands, as far as file names matter. */
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$[\]]+/;

/** Returns the words of a command that may be paths, in their normal form. */
export const pathWords = (text: string): string[] => text.split(BETWEEN_WORDS).map(normal);

/** Finds paths among known paths. A known path with a reference matches every path that starts with its fixed part. */
export function createLookup(known: readonly string[]) {
  const literal = (path: string) => {
    const [first = ''] = splitReferences(path);
    return typeof first === 'string' ? first : '';
  };
  const paths = [...new Set(known.filter((path) => !path.includes('$[[')).map(normal))];
  const prefixes = known.filter((path) => path.includes('$[[')).map((path) => normal(literal(path)));
  const files = new Set(paths);
  const folders = new Set(paths.flatMap(foldersAbove));
  const isBelow = (path: string) => [path, ...foldersAbove(path)].some((one) => files.has(one));
  const isCovered = (path: string) =>
    path === '' || isBelow(path) || prefixes.some((prefix) => path.startsWith(prefix));
  return {
    paths,
    /** Whether a known path is this one or a folder above it. */
    covers: (path: string) => isCovered(normal(path)),
    /** The same, or whether the path is a folder with known files. */
    has: (path: string) => isCovered(normal(path)) || folders.has(normal(path)),
  };
}

type Named = Pick<SerialWorkflow, 'steps' | 'parameters'>;

/** Finds paths that commands or variables name. A folder counts too, since a program may write any file into it. */
export function createMentions(first: Named) {
  const words = new Set<string>();
  const add = ({ steps, parameters }: Named) => {
    const commands = steps.flatMap(({ action }) => pathsIn(action));
    const values = [...parameters.values()].filter((value) => typeof value === 'string');
    for (const word of [...commands, ...values].flatMap(pathWords)) words.add(word);
    words.delete('');
  };
  add(first);
  return {
    add,
    has: (path: string) => [normal(path), ...foldersAbove(normal(path))].some((one) => words.has(one)),
  };
}

/** Removes `.`, empty parts and a final slash. */
export const normal = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
