import { isChosen, type Seen } from './check.ts';
import { baseName, type ShellWord, type SimpleCommand } from './shell-text.ts';

/**
 * Files that programs run as code, apart from the interpreters (`interpreters.ts`): a participant's file there would run
 * in a step of the organiser. The tables list known programs.
 */

/** Programs whose first file with code is what they run; the words after it belong to that code. */
const RUNNERS =
  /^(?:papermill|java|kotlin|jshell|clojure|clj|bb|dotnet|mono|wine|torchrun|accelerate|deepspeed|jupyter|jupyter-nbconvert|streamlit|spark-submit|coverage|kernprof|scalene|cProfile|profile|trace|runpy|pdb|go|cargo|deno|dart|swift|nim|zig|crystal|ocaml|swipl|g?prolog|guile|racket|sbcl|clisp|emacs|runghc|runhaskell|ghci|escript|elixir|iex|lean|coqc|agda|stata(?:-\w+)?|sas|scilab|gp|sage|maxima|root|blender|gams|ampl|clingo|minizinc|m4|bc|expect|nextflow|cwltool|quarto|wasmtime|qemu-\w+|ansible-playbook|mlflow)$/;
const CODE_FILE =
  /\.(?:jar|class|dll|exe|so|wasm|py|ipynb|[cm]?[jt]s|r|rmd|qmd|jl|sh|bash|pl|rb|php|lua|go|rs|hs|ml|scm|rkt|lisp|el|clj|kts?|scala|groovy|swift|dart|nim|zig|cr|exs?|erl|escript|lean|v|agda|do|sas|sce|gp|sage|mac|c|cc|cpp|gms|mod|run|lp|mzn|m4|bc|exp|nf|cwl|sql|ya?ml)$/i;
/** Runners of which the first operand with a slash is the code, whatever its suffix. */
const SCRIPT_RUNNERS =
  /^(?:deno|bun|dart|swift|nim|zig|crystal|mojo|ocaml|swipl|guile|racket|sbcl|clisp|runghc|runhaskell|ghci|escript|elixir|iex|hy|coffee|bb|jshell|luajit|nu|xonsh|elvish|pwsh|m4|dc|expect|tcc|wine|wasmtime|qemu-\w+|nextflow|cwltool|toil-\w+-runner|miniwdl|streamlit|torchrun|spark-submit|coverage|kernprof|scalene)$/;
/** Programs that run any of their operands: the loader of shared libraries, and others that start a program. */
const STARTERS =
  /^(?:ld\.so|ld-linux[\w.-]*|setarch|linux32|linux64|systemd-run|start-stop-daemon|watch|script|entr|hyperfine|hash|enable|complete)$/;
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
  [/^php[\d.]*$/, /^(?:-[ct]|--(?:file|php-ini|docroot))/],
  [/^deno$/, /^(?:-c|--(?:config|import-map|preload|require|cwd|env-file))/],
  [/^(?:guile|racket|sbcl|clisp|swipl|gprolog)$/, /^(?:-[flsu]|--?(?:load|script|consult-file|userinit))/],
  [/^(?:ssh|scp|sftp)$/, /^-F/],
  [/^zip$/, /^-TT/],
  [/^less$/, /^-k/],
  [/^curl$/, /^(?:-K|--config)/],
  [/^wget$/, /^--(?:config|use-askpass)/],
  [/^openssl$/, /^-(?:config|engine|provider-path)/],
  [/^(?:jq|gojq)$/, /^-L/],
  [/^uvicorn$/, /^--app-dir/],
  [/^java$/, /^(?:-cp|-classpath|--class-path|-p|--module-path|-javaagent:|@)/],
  [/^flask$/, /^(?:-A|--app)/],
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
  [/^(?:gdb|lldb|vim?|nvim|emacs)$/, /^-(?:x|s|S|u|l|-source|-load|-command|-script)/],
  [/^(?:go|cargo|dotnet)$/, /^--?(?:C|manifest-path|project|exec)/],
  [/^(?:g?tar|bsdtar)$/, /^--(?:to-command|use-compress-program|checkpoint-action)/],
  [/^pandoc$/, /^(?:-[FLd]|--filter|--lua-filter|--defaults)/],
  [
    /^git$/,
    /^(?:-[CO]|--(?:git-dir|work-tree|exec-path|upload-pack|receive-pack|exec|open-files-in-pager|template))/,
  ],
];

/** Programs of whose options a single letter takes the rest of its word. */
const TAKES_REST = /^(?:[gbp]?make|remake)$/;

/** Programs whose options name a module of the image unless it begins with a dot. */
const BY_NAME = /^(?:node|nodejs|bun|tsx|ts-node|ruby[\d.]*)$/;

/** Options whose value may name a program: a command line, or a setting `name=value`. */
const SETTINGS: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^g?sort$/, /^--compress-program/],
  [/^g?split$/, /^--filter/],
  [/^rsync$/, /^(?:-e|--rsh|--rsync-path)/],
  [/^man$/, /^(?:-P|--pager)/],
  [/^git$/, /^-c(?!o)/],
  [/^(?:ssh|scp|sftp)$/, /^-o/],
  [/^php[\d.]*$/, /^-d/],
];
/** Subcommands of git that run the program after them. */
const RUNS_PROGRAM = /^(?:run|foreach|-x|filter-branch)$/;

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
  if (SCRIPT_RUNNERS.test(name)) reportScript(args, seen);
  if (STARTERS.test(name)) for (const word of args) reportPrograms(word, seen);
  if (name === 'git') {
    const from = args.findIndex(({ shape }) => RUNS_PROGRAM.test(shape));
    if (from >= 0) for (const word of args.slice(from + 1)) reportPrograms(word, seen);
  }
  reportSettings(name, args, seen);
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

/** The first word with a slash that is not the value of a long option. */
function reportScript(args: readonly ShellWord[], seen: Seen): void {
  const isValue = (index: number) => LONG_WITH_VALUE.test(args[index - 1]?.shape ?? '');
  const script = args.find(({ shape }, index) => /^[^-].*\//.test(shape) && !isValue(index));
  if (script) seen.file(script);
}

/** A long option, unless its name says that it has no value. */
const LONG_WITH_VALUE = /^--(?!allow-|no-|unstable|quiet|check|watch)[\w-]+$/;

/** Settings of programs as options or, of make, as operands. */
function reportSettings(name: string, args: readonly ShellWord[], seen: Seen): void {
  const option = SETTINGS.find(([known]) => known.test(name))?.[1];
  for (const [index, word] of args.entries()) {
    const isMake = /^[gbp]?make$/.test(name) && /^[A-Z_]+[:+?]?=/.test(word.shape);
    const [found] = option?.exec(word.shape) ?? [];
    const value = found === word.shape ? args[index + 1] : found === undefined ? undefined : word;
    if (isMake) reportPrograms(word, seen);
    else if (value) reportPrograms(value, seen);
  }
}

/** Reports the words with a slash in a text that names a program, such as the value of a setting. */
function reportPrograms(word: ShellWord, seen: Seen): void {
  const isFolder = /^[\w.-]*path=/i.test(word.shape);
  for (const part of word.shape.replace(/^[\w.-]+[:+?]?=/, '').split(/[\s=!]+/)) {
    const path = part.replace(/^-\w(?=[./])/, '');
    if ((isFolder || path.includes('/')) && !path.startsWith('-')) seen.file({ ...word, shape: path });
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

/** Variables that name programs, files with settings, or options that do. */
const NAMES_PROGRAM =
  /^(?:PAGER|EDITOR|VISUAL|BROWSER|SHELL|CC|CXX|LD|MAKEFLAGS|RUSTC_WRAPPER|PROMPT_COMMAND|LESSOPEN|TAR_OPTIONS|RSYNC_RSH|SSH_ASKPASS|GIT_(?:PAGER|EDITOR|SSH|SSH_COMMAND|EXTERNAL_DIFF|ASKPASS|EXEC_PATH|TEMPLATE_DIR|CONFIG(?:_GLOBAL|_SYSTEM)?)|NODE_OPTIONS|RUBYOPT|PERL5OPT|(?:_JAVA|JAVA_TOOL|JDK_JAVA)_OPTIONS|R_(?:PROFILE|ENVIRON)(?:_USER)?)\+?=/;

/**
 * Reports the folders of the run from which an assignment makes programs load code, as far as its text names them. The
 * run directory itself is closed then (`working-folder.ts`).
 */
export function reportAssignment(word: ShellWord, seen: Seen): void {
  const { shape } = word;
  if (NAMES_PROGRAM.test(shape)) reportPrograms(word, seen);
  const [, value = ''] = SEARCHED.exec(shape) ?? [];
  for (const path of value.split(':')) {
    if (/^[\w./-]+$/.test(path) && !/^\.\/*$/.test(path)) seen.file({ shape: path, references: [] });
  }
}
