import { isChosen, type Seen } from './check.ts';
import { baseName, type ShellWord, type SimpleCommand } from './shell-text.ts';

/**
 * Files that programs run as code, apart from the interpreters (`interpreters.ts`): a participant's file there would run
 * in a step of the organiser. The tables list known programs.
 */

/** Programs whose first file with code is what they run; the words after it belong to that code. */
const RUNNERS =
  /^(?:papermill|java|kotlin|jshell|clojure|clj|bb|dotnet|mono|wine|torchrun|accelerate|deepspeed|jupyter|jupyter-nbconvert|streamlit|spark-submit|coverage|kernprof|scalene|cProfile|profile|trace|runpy|pdb|go|cargo|deno|dart|swift|nim|zig|crystal|ocaml|swipl|guile|racket|sbcl|clisp|emacs|runghc|runhaskell|ghci|escript|elixir|iex|lean|coqc|agda|stata(?:-\w+)?|sas|scilab|gp|sage|maxima|root|blender|gams|ampl|clingo|minizinc|m4|bc|expect|nextflow|cwltool|quarto|wasmtime|qemu-\w+|ansible-playbook|mlflow)$/;
const CODE_FILE =
  /\.(?:jar|class|dll|exe|so|wasm|py|ipynb|[cm]?[jt]s|r|rmd|qmd|jl|sh|bash|pl|rb|php|lua|go|rs|hs|ml|scm|rkt|lisp|el|clj|kts?|scala|groovy|swift|dart|nim|zig|cr|exs?|erl|escript|lean|v|agda|do|sas|sce|gp|sage|mac|c|cc|cpp|gms|mod|run|lp|mzn|m4|bc|exp|nf|cwl|sql|ya?ml)$/i;
/** Test programs, all of whose operands hold code. */
const TESTERS = /^(?:bc|pytest|py\.test|nosetests|unittest|prove|rspec|mocha|jest|vitest|bats|behave|robot)$/;
/** Programs whose first operand is a folder or file with code. */
const BUILDERS = /^(?:cmake|sphinx-build|run-parts|crontab|papermill|ansible-playbook)$/;
/** Programs whose first operand with a slash is a folder of the run, not a package with that name. */
const PACKAGES = /^(?:go|pip[\d.]*)$/;
/** Compilers, and others whose sources may include any file of the run, such as a private one, in what they make. */
const COMPILERS =
  /^(?:(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|gfortran|flang|ld|as)(?:-\d+)?|icx|icpx|ifx|ifort|nvcc|hipcc|rustc|javac|kotlinc|scalac|ocamlopt|ocamlc|fpc|gdc|ldc2|dmd|gnatmake|mcs|csc|nasm|yasm|cython|mpicc|mpicxx|mpifort|xsltproc|asciidoctor|rst2\w+)$/;
/** Options of compilers whose value is what they make. */
const OUTPUT = /^(?:-o|-d|-MF|--output)$/;
/** Options without a value, of these programs. */
const FLAG = /^(?:-[qvxsrl]+|--[\w-]+=.*)$/;
/** Programs that find code in the folders of `-I`; a name may follow the letter directly. */
const SEARCHERS = /^(?:perl[\d.]*|ruby[\d.]*|prove|rspec|[gbp]?make)$/;

/** Options whose value is a file or a folder with code, by the program. */
const CODE_OPTIONS: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^(?:[gbp]?make|remake)$/, /^(?:-[fC]|--file|--makefile|--directory)/],
  [/^snakemake$/, /^(?:-[sd]|--snakefile|--directory|--profile|--configfile)/],
  [/^cmake$/, /^-[PSC]/],
  [/^(?:pytest|py\.test)$/, /^(?:-c|--config-file|--rootdir|--confcutdir)/],
  [/^(?:mocha|jest|vitest)$/, /^(?:-[rc]|--(?:require|import|file|config|root|rootDir|setupFiles))/],
  [/^(?:npm|npx|pnpm|yarn)$/, /^(?:-C|--prefix|--cwd|--dir)/],
  [/^pip[\d.]*$/, /^(?:-[er]|--editable|--requirement)/],
  [/^(?:just|task|go-task)$/, /^(?:-[fdt]|--justfile|--working-directory|--taskfile|--dir)/],
  [/^rake$/, /^(?:-[fr]|--rakefile|--require)/],
  [/^gradlew?$/, /^(?:-[pbcI]|--project-dir|--build-file|--settings-file|--init-script)/],
  [/^(?:mvnw?|ant)$/, /^(?:-f|--?file|-buildfile|-lib|-s|--settings)/],
  [/^(?:invoke|inv|fab|doit)$/, /^(?:-[fdrc]|--search-root|--collection|--file|--dir)/],
  [/^(?:scons|waf)$/, /^(?:-[fCt]|--file|--directory|--top)/],
  [/^(?:tox|nox)$/, /^(?:-[cf]|--conf|--noxfile|--root)/],
  [/^gunicorn$/, /^(?:-c|--config|--chdir|--pythonpath)/],
  [/^sphinx-build$/, /^-c/],
  [/^mkdocs$/, /^(?:-f|--config-file)/],
  [/^spark-submit$/, /^--properties-file/],
  [/^jupyter(?:-nbconvert)?$/, /^--template/],
  [/^ninja$/, /^-[fC]/],
  [/^(?:psql|mysql|mariadb)$/, /^(?:-f|--file)/],
  [/^(?:sqlite3|duckdb)$/, /^(?:--?init|-f|-file)/],
  [/^nextflow$/, /^-(?:config|c|C)/],
  [/^(?:node|nodejs|bun|tsx|ts-node)$/, /^(?:-r|--require|--import|--loader|--experimental-loader)/],
  [/^ruby[\d.]*$/, /^-r/],
  [/^g?awk$/, /^(?:-[iEl]|--include|--exec|--load)/],
  [/^(?:R|Rscript)$/, /^(?:-f|--file)/],
  [/^julia$/, /^(?:-L|--load|--project)/],
  [/^(?:ba|z|k)?sh$/, /^--(?:rcfile|init-file)/],
  [/^(?:gdb|lldb|vim?|nvim|emacs)$/, /^-(?:x|s|S|u|l|-source|-load|-command)/],
  [/^(?:go|cargo|dotnet)$/, /^--?(?:C|manifest-path|project|exec)/],
  [/^(?:g?tar|bsdtar)$/, /^--(?:to-command|use-compress-program|checkpoint-action)/],
  [/^pandoc$/, /^(?:-[FLd]|--filter|--lua-filter|--defaults)/],
  [/^git$/, /^(?:-C|--git-dir|--work-tree|--exec-path)/],
];

/** Programs of whose options a single letter takes the rest of its word. */
const TAKES_REST = /^(?:[gbp]?make|remake)$/;

/** Programs whose options name a module of the image unless it begins with a dot. */
const BY_NAME = /^(?:node|nodejs|bun|tsx|ts-node|ruby[\d.]*)$/;

/** Files that programs look for in their folder. */
const LOOKED_FOR: readonly (readonly [program: RegExp, file: string])[] = [
  [/^(?:[gbp]?make|remake)$/, 'Makefile'],
  [/^(?:npm|npx|pnpm|yarn|bun)$/, 'package.json'],
  [/^cargo$/, 'Cargo.toml'],
  [/^go$/, 'go.mod'],
  [/^just$/, 'justfile'],
  [/^rake$/, 'Rakefile'],
  [/^snakemake$/, 'Snakefile'],
  [/^mvnw?$/, 'pom.xml'],
  [/^gradlew?$/, 'settings.gradle'],
  [/^ninja$/, 'build.ninja'],
  [/^(?:scons|waf)$/, 'SConstruct'],
  [/^(?:tox|nox|pytest|py\.test)$/, 'tox.ini'],
];

/** Reports the files with code among the arguments of a program. */
export function reportLoaded(program: ShellWord, args: readonly ShellWord[], seen: Seen): void {
  const name = baseName(program);
  if (RUNNERS.test(name)) reportFirst(args, seen);
  const lookedFor = LOOKED_FOR.find(([known]) => known.test(name))?.[1];
  if (lookedFor) seen.file({ shape: lookedFor, references: [] });
  if (TESTERS.test(name)) for (const word of operandsOf(args)) seen.file(word);
  const [folder] = BUILDERS.test(name) ? operandsOf(args) : [];
  if (folder) seen.file(folder);
  if (COMPILERS.test(name)) reportSources(args, seen);
  if (SEARCHERS.test(name) || COMPILERS.test(name)) reportFolders(args, seen);
  const local = PACKAGES.test(name) ? args.find(({ shape }) => /^[^-]*\//.test(shape)) : undefined;
  if (local) seen.file(local);
  const options = CODE_OPTIONS.find(([known]) => known.test(name))?.[1];
  const isPath = BY_NAME.test(name) ? /^\.\.?\// : /[^\d.]/;
  if (options) reportOptions(args, options, isPath, TAKES_REST.test(name), seen);
}

/** A file of an argument without a name of its own counts as code, as long as the runner has none. */
function reportFirst(args: readonly ShellWord[], seen: Seen): void {
  for (const word of args) {
    const isOption = word.shape.startsWith('-');
    const isCode = CODE_FILE.test(word.shape);
    if (isCode || word.references.some(isChosen)) seen.file(isOption ? valueOfOption(word) : word);
    if (isCode && !isOption) return;
  }
}

/** The words that are neither options nor their values. */
const operandsOf = (args: readonly ShellWord[]): ShellWord[] =>
  args.filter(({ shape }, index) => {
    const before = args[index - 1]?.shape ?? '';
    return !shape.startsWith('-') && (!before.startsWith('-') || FLAG.test(before));
  });

function reportSources(args: readonly ShellWord[], seen: Seen): void {
  for (const [index, word] of args.entries()) {
    if (!word.shape.startsWith('-') && !OUTPUT.test(args[index - 1]?.shape ?? '')) seen.file(word);
  }
}

function reportFolders(args: readonly ShellWord[], seen: Seen): void {
  for (const [index, word] of args.entries()) {
    if (!word.shape.startsWith('-I')) continue;
    const folder = word.shape === '-I' ? args[index + 1] : { ...word, shape: word.shape.slice(2) };
    if (folder) seen.file(folder);
  }
}

function reportOptions(
  args: readonly ShellWord[],
  option: RegExp,
  isPath: RegExp,
  takesRest: boolean,
  seen: Seen,
): void {
  for (const [index, word] of args.entries()) {
    const [found = ''] = option.exec(word.shape) ?? [];
    const attached = word.shape.slice(found.length);
    // Without `=` or a path, the letter begins another option, as in `-silent`.
    const isValue = attached === '' || /^=|\//.test(attached) || (takesRest && found.length === 2);
    if (found === '' || !isValue) continue;
    const value = attached === '' ? args[index + 1] : { ...word, shape: attached.replace(/^=/, '') };
    if (value && isPath.test(value.shape)) seen.file(value);
  }
}

const valueOfOption = (word: ShellWord): ShellWord => ({
  ...word,
  shape: word.shape.replace(/^--?[\w-]*=?/, ''),
});

/** Programs that read code from their standard input although they have operands, such as a database. */
const READS_CODE =
  /^(?:at|batch|crontab|ed|ex|sftp|ssh|psql|mysql|mariadb|sqlite3|duckdb|bc|dc|gp|m4|maxima|gnuplot)$/;

/** Reports the standard input of a program that reads code from it. */
export function reportInput(program: ShellWord, command: SimpleCommand, seen: Seen): void {
  if (!READS_CODE.test(baseName(program))) return;
  for (const word of command.input) seen.file(word);
  if (command.piped) seen.file(undefined);
}

/** Variables with folders and files from which programs load code. */
const SEARCHED =
  /^(?:PATH|PYTHON(?:PATH|HOME|STARTUP)|PERL5?LIB|RUBYLIB|GEM_(?:PATH|HOME)|NODE_PATH|LUA_C?PATH|CLASSPATH|LD_(?:LIBRARY_PATH|PRELOAD)|R_LIBS(?:_USER|_SITE)?|JULIA_(?:LOAD|DEPOT)_PATH|OCTAVE_PATH|MATLABPATH|AWK(?:LIB)?PATH|GOPATH|TEXINPUTS|BASH_ENV|ENV)\+?=(.*)$/s;

/**
 * Reports the folders of the run from which an assignment makes programs load code, as far as its text names them. The
 * run directory itself is closed then (`working-folder.ts`).
 */
export function reportAssignment({ shape }: ShellWord, seen: Seen): void {
  const [, value = ''] = SEARCHED.exec(shape) ?? [];
  for (const path of value.split(':')) {
    if (/^[\w./-]+$/.test(path) && !/^\.\/*$/.test(path)) seen.file({ shape: path, references: [] });
  }
}
