import { hasWildcard, pathMatcher } from '../documents/wildcard.ts';
import type { Root } from '../template/static-paths.ts';
import { loadedLanguages } from './loaded-languages.ts';
import { filesOfCall } from './python-steps/modules.ts';
import type { SerialWorkflow } from './serial-workflow.ts';

/** Characters that end a word of a command where it may be a file name. */
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$]+/;
const LIST_BETWEEN = /[\s"'`;|&()<>=,:{}$[\]]+/;
/** `$FOLDER/` and `${FOLDER}/` may be the run directory; so is `$PWD`. */
const VARIABLE = /\$\$?\{?[A-Za-z_]\w*\}?(?=["']?\/)/g;
/** Programs that import from the working folder unless they are given a script in another one. */
const PYTHON = /^(?:python|pypy)[\d.]*$/;
/** Programs that import from the working folder even with a script, or for the tests of a package. */
const IMPORTS =
  /^(?:pytest|py\.test|ipython[\d.]*|papermill|jupyter|jupyter-\w+|nosetests|gunicorn|celery|flask)$/;
/** Programs that run notebooks. */
const NOTEBOOK = /^(?:papermill|jupyter|jupyter-\w+)$/;
/** Languages of kernels whose modules are in the working folder. */
const KERNELS = ['python', 'octave', 'php', 'lua', 'haskell', 'java', 'ocaml', 'perl'] as const;
const TAKES_VALUE = /^-[A-Za-z]*[WX]$/;
const BUILD_OF_OTHERS =
  /^(?:stack\.yaml|.*\.(?:cabal|nimble)|dune-project|mix\.exs|rebar\.config|build\.zig|Package\.swift|dub\.(?:json|sdl)|shard\.yml|lakefile\.(?:lean|toml))$/;
/** Files that programs read their tasks from, even though their command does not name them. */
const BUILD_FILES: readonly (readonly [program: RegExp, file: RegExp])[] = [
  [/^(?:[gbp]?make|remake)$/, /^(?:GNU|BSD)?makefile$/i],
  [/^snakemake$/, /^snakefile$/i],
  [/^(?:rake|bundle)$/, /^(?:rake|gem)file|^gems\.rb$/i],
  [/^just$/, /^\.?justfile$/i],
  [/^(?:task|go-task)$/, /^taskfile\./i],
  [/^(?:ant|mvn|gradle|sbt|mill)$/, /^(?:build\.xml|pom\.xml|build\.gradle(?:\.kts)?|build\.s(?:bt|c))$/],
  [/^(?:lein|clj|clojure|bb)$/, /^(?:project\.clj|deps\.edn|bb\.edn)$/],
  [/^(?:cmake|ctest|ninja|meson)$/, /^(?:CMakeLists\.txt|build\.ninja|meson\.build)$/],
  [/^(?:npm|npx|yarn|pnpm|bun|deno)$/, /^(?:package|deno)\.jsonc?$/],
  [
    /^(?:scons|waf|inv|invoke|fab|doit|mlflow)$/,
    /^(?:SConstruct|wscript|tasks\.py|fabfile\.py|dodo\.py|MLproject)$/,
  ],
  [
    /^(?:pip[\d.]*|uv|poetry|pdm|hatch|pipenv|pixi)$/,
    /^(?:setup\.(?:py|cfg)|pyproject\.toml|Pipfile|pixi\.toml)$/,
  ],
  [/^julia$/, /^(?:Julia)?Project\.toml$/],
  [/^dotnet$/, /\.(?:sln|slnx|\w+proj)$/],
  [/^(?:stack|cabal|dune|mix|rebar3|zig|swift|dub|shards|nimble|lake)$/, BUILD_OF_OTHERS],
  [
    /^(?:cargo|go|nextflow|dvc|tox|nox)$/,
    /^(?:Cargo\.toml|go\.(?:mod|work)|main\.nf|dvc\.yaml|tox\.ini|noxfile\.py)$/,
  ],
];
/** Variables and options that set search paths for programs, modules, libraries and headers, with their value. */
const SEARCH_VARIABLE = /\b([A-Z0-9_]*(?:PATH|LIBS?))["']?[=:]["']?([^\s"';,}]*)/g;
const SEARCH_OPTION = /(?:^|\s)(-[IL]|--?cp|--?class-?path)[\s=]*["']?([^\s"']*)/g;
/** The run directory as one element of such a value. */
const HERE = /^(?:\.\/*|(?:\$\$?\{?(?:PWD|FS_WORK)\}?|\$\$?\(pwd\)|`pwd`)\/*)$/;

/**
 * Returns how the organiser's steps use the run directory itself: whether their commands load code from it, so that a
 * file from elsewhere could replace a module.
 *
 * @param files paths of the static files.
 * @param config engine configuration of the workflow, whose variables are also text of commands.
 * @returns `closed` if a command names a static file in it, makes programs search it for code, or builds from a file
 *   in it; otherwise the languages whose programs load modules from it.
 */
export function rootOf(workflow: SerialWorkflow, files: Iterable<string>, config: unknown = null): Root {
  const paths = [...files];
  const names = new Set(paths.filter((path) => !path.includes('/')));
  const actions = workflow.steps.flatMap(({ action }) => (action.kind === 'container' ? [action] : []));
  const commands = actions.flatMap((action) => action.commands);
  const values = [...workflow.parameters.values()];
  const settings = [...actions.map(({ env }) => Object.fromEntries(env)), config];
  const texts = [...commands, ...[...values, ...settings].map((value) => JSON.stringify(value) ?? '')];
  if (texts.some((text) => namesFile(text, names))) return 'closed';
  const searched = new Set(texts.flatMap(searchedHere));
  const isPython = searched.delete('PYTHONPATH');
  const calls = workflow.steps.flatMap(({ action }) =>
    action.kind === 'code' || action.kind === 'notebook' ? [action] : [],
  );
  if (calls.some((action) => filesOfCall(action).some((file) => names.has(file)))) return 'closed';
  if (searched.size > 0 || commands.some((command) => builds(command, names))) return 'closed';
  const chosen = (name: string) => JSON.stringify(workflow.parameters.get(name) ?? '').includes('$[[');
  const loaded = loadedLanguages(commands, paths, chosen);
  if (isPython || commands.some(importsHere)) loaded.add('python');
  // A kernel of Jupyter imports from its working folder, and the template does not say of which language it is.
  const hasNotebook = calls.some(({ kind }) => kind === 'notebook') || commands.some(runsNotebook);
  if (hasNotebook) for (const language of KERNELS) loaded.add(language);
  return [...loaded].sort();
}

/** Returns the variables and options in a text that add the run directory to a search path. */
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
  // Names with blanks or special characters of the shell are not words.
  return [...names].some((name) => LIST_BETWEEN.test(name) && text.includes(name));
}

/** Returns a word as a path relative to the run directory: without `.`, `..` and leading slashes. */
function inRoot(word: string): string {
  const names: string[] = [];
  for (const name of word.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names[0] === 'PWD' ? names.slice(1).join('/') : names.join('/');
}

const runsNotebook = (command: string): boolean =>
  programs(command).some((program) => NOTEBOOK.test(program));

const programs = (command: string): string[] =>
  command.split(/[\s"';|&(){}`$]+/).map((word) => word.slice(word.lastIndexOf('/') + 1));

function builds(command: string, names: ReadonlySet<string>): boolean {
  const words = programs(command);
  return BUILD_FILES.some(
    ([program, file]) =>
      words.some((word) => program.test(word)) && [...names].some((name) => file.test(name)),
  );
}

/**
 * Whether Python runs a module (`-m`), a text (`-c`), a folder or its input, in which case it imports modules from the
 * working folder.
 */
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
