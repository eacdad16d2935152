import { hasWildcard, pathMatcher } from '../documents/wildcard.ts';
import type { Root } from '../template/static-paths.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** What ends a word of a command, as far as names of files matter. */
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$]+/;
const LIST_BETWEEN = /[\s"'`;|&()<>=,:{}$[\]]+/;
/** `$FOLDER/` and `${FOLDER}/` may be the run directory; so is `$PWD`. */
const VARIABLE = /\$\$?\{?[A-Za-z_]\w*\}?(?=["']?\/)/g;
/** Programs that import from the working folder unless they are given a script. */
const PYTHON = /^(?:python|pypy)[\d.]*$/;
/** Programs that do so with one, or do so for the tests of a package. */
const IMPORTS =
  /^(?:pytest|py\.test|ipython[\d.]*|papermill|jupyter|jupyter-\w+|nosetests|gunicorn|celery|flask)$/;
const TAKES_VALUE = /^-[A-Za-z]*[WX]$/;
/** The files from which programs take what they do, when their command does not say so. */
const BUILD_FILES: readonly (readonly [program: RegExp, file: RegExp])[] = [
  [/^(?:g?make|remake)$/, /^(?:GNU)?makefile$/i],
  [/^snakemake$/, /^snakefile$/i],
  [/^(?:rake|bundle)$/, /^(?:rake|gem)file/i],
  [/^just$/, /^\.?justfile$/i],
  [/^(?:ant|mvn|gradle|sbt)$/, /^(?:build\.xml|pom\.xml|build\.gradle(?:\.kts)?|build\.sbt)$/],
  [/^(?:cmake|ninja|meson)$/, /^(?:CMakeLists\.txt|build\.ninja|meson\.build)$/],
  [/^(?:npm|npx|yarn|pnpm|bun|deno)$/, /^(?:package|deno)\.jsonc?$/],
  [
    /^(?:cargo|go|nextflow|dvc|tox|nox)$/,
    /^(?:Cargo\.toml|go\.mod|main\.nf|dvc\.yaml|tox\.ini|noxfile\.py)$/,
  ],
];
/** Variables and options by which programs, modules, libraries and headers are found, with their value. */
const SEARCH_VARIABLE = /\b([A-Z0-9_]*(?:PATH|LIBS?))["']?[=:]["']?([^\s"';,}]*)/g;
const SEARCH_OPTION = /(?:^|\s)(-[IL]|--?cp|--?class-?path)[\s=]*["']?([^\s"']*)/g;
/** The run directory as a piece of such a value. */
const HERE = /^(?:\.\/*|(?:\$\$?\{?(?:PWD|FS_WORK)\}?|\$\$?\(pwd\)|`pwd`)\/*)$/;

/**
 * How the organiser's steps use the run directory itself: whether their commands take code from it, where a file that
 * comes from elsewhere could take the place of a module.
 *
 * @param files paths of the static files.
 * @param config engine configuration of the workflow, whose variables are text of commands as well.
 * @returns `closed` where a command names a static file in it, has programs look for code in it, or builds from a file
 *   in it; `imports` where Python takes modules from it.
 */
export function rootOf(workflow: SerialWorkflow, files: Iterable<string>, config: unknown = null): Root {
  const names = new Set([...files].filter((path) => !path.includes('/')));
  const actions = workflow.steps.flatMap(({ action }) => (action.kind === 'container' ? [action] : []));
  const commands = actions.flatMap((action) => action.commands);
  const values = [...workflow.parameters.values()];
  const settings = [...actions.map(({ env }) => Object.fromEntries(env)), config];
  const texts = [...commands, ...[...values, ...settings].map((value) => JSON.stringify(value) ?? '')];
  if (texts.some((text) => namesFile(text, names))) return 'closed';
  const searched = new Set(texts.flatMap(searchedHere));
  const isPython = searched.delete('PYTHONPATH');
  if (searched.size > 0 || commands.some((command) => builds(command, names))) return 'closed';
  return isPython || commands.some(importsHere) ? 'imports' : 'open';
}

/** Variables and options of a text by which something is searched for in the run directory. */
function searchedHere(text: string): string[] {
  const found = [...text.matchAll(SEARCH_VARIABLE), ...text.matchAll(SEARCH_OPTION)];
  return found.flatMap(([, by = '', value = '']) => {
    const pieces = value.split(':');
    const isHere = (piece: string) => HERE.test(piece) || (piece === '' && pieces.length > 1);
    return pieces.some(isHere) ? [by] : [];
  });
}

function namesFile(text: string, names: ReadonlySet<string>): boolean {
  const plain = text.replace(VARIABLE, ' ');
  const isNamed = (word: string) =>
    hasWildcard(word) ? [...names].some(pathMatcher(word)) : names.has(word) || names.has(`${word}.class`);
  const words = [BETWEEN_WORDS, LIST_BETWEEN].map((between) => plain.split(between).map(inRoot));
  if (words.some((list) => list.some(isNamed))) return true;
  const afterModuleOption = (list: readonly string[]) =>
    list.some((word, index) => names.has(`${word}.py`) && list[index - 1]?.endsWith('m'));
  if (words.some(afterModuleOption)) return true;
  // Names with blanks or signs of the shell are no words.
  return [...names].some((name) => LIST_BETWEEN.test(name) && text.includes(name));
}

/** A word as a path from the run directory: without `.`, `..` and slashes in front. */
function inRoot(word: string): string {
  const names: string[] = [];
  for (const name of word.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names[0] === 'PWD' ? names.slice(1).join('/') : names.join('/');
}

const programs = (command: string): string[] =>
  command.split(/[\s"';|&(){}`$]+/).map((word) => word.slice(word.lastIndexOf('/') + 1));

function builds(command: string, names: ReadonlySet<string>): boolean {
  const words = programs(command);
  return BUILD_FILES.some(
    ([program, file]) =>
      words.some((word) => program.test(word)) && [...names].some((name) => file.test(name)),
  );
}

/** Whether Python runs a module (`-m`), a text (`-c`), a folder or its input: it looks for modules in the working folder then. */
function importsHere(command: string): boolean {
  const words = command.split(/[\s"';|&(){}`$]+/);
  return words.some((word, at) => {
    const program = word.slice(word.lastIndexOf('/') + 1);
    if (IMPORTS.test(program)) return true;
    if (!PYTHON.test(program)) return false;
    let next = at + 1;
    for (; /^-./.test(words[next] ?? ''); next += 1) {
      const option = words[next] ?? '';
      if (/^-[A-Za-z]*[mc]/.test(option)) return true;
      if (TAKES_VALUE.test(option)) next += 1;
    }
    return words[next] === undefined || /^(?:-$|<|$|\.?\/*$|(?:PWD|FS_WORK)\/*$)/.test(words[next] ?? '');
  });
}
