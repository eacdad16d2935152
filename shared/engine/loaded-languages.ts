import type { ImportingLanguage } from '../template/looked-up-paths.ts';

/**
 * Programs that load code from their working folder even if their script is in another folder: Octave, PHP, OCaml and
 * GNU awk before other folders, RSpec from `lib` and `spec` before the installed packages, Haskell too, the others after
 * them, Perl only before its release 5.26. Python does so only for some commands (`working-folder.ts`).
 */
const LOADERS: readonly (readonly [program: RegExp, language: ImportingLanguage])[] = [
  [/^(?:octave(?:-cli)?|matlab)$/, 'octave'],
  [/^php[\d.]*$/, 'php'],
  [/^(?:lua[\d.]*|luajit[\d.]*|texlua)$/, 'lua'],
  [/^(?:ghci?|runghc|runhaskell)$/, 'haskell'],
  [/^(?:erl|escript|elixir|iex)$/, 'erlang'],
  [/^x?stata(?:-\w+)?$/, 'stata'],
  [/^(?:pdf|xe|lua|e|up)?(?:la)?tex(?:mk)?$/, 'tex'],
  [/^(?:java|javac|jshell|scalac?|kotlinc?|groovyc?)$/, 'java'],
  [/^(?:perl[\d.]*|prove)$/, 'perl'],
  [/^(?:rspec|cucumber)$/, 'ruby'],
  [/^[gmn]?awk$/, 'awk'],
  [/^(?:ocaml|utop)$/, 'ocaml'],
];
/** Options of awk whose file may include others; the program in an ordinary argument is visible. */
const AWK_FILE = /^(?:-[fEil]|--(?:file|exec|include|load))/;
/** Options of Java that replace its default class path, which is the working folder. */
const CLASS_PATH = /^-(?:jar|cp|classpath|-class-path(?:=.*)?|m|-module(?:=.*)?)$/;
const SHELL = /^(?:ba|da|k|z)?sh$/;

/**
 * Static files whose program a command may start through a script of its own, such as `sh code/run.sh`. Reports of TeX
 * are left out, because scripts rarely build them and nothing ranks them.
 */
const SOURCES: readonly (readonly [file: RegExp, language: ImportingLanguage])[] = [
  [/\.m$/, 'octave'],
  [/\.php$/, 'php'],
  [/\.lua$/, 'lua'],
  [/\.hs$/, 'haskell'],
  [/\.(?:erl|escript|exs?)$/, 'erlang'],
  [/\.(?:do|ado)$/, 'stata'],
  [/\.(?:java|scala|kt|groovy)$/, 'java'],
  [/\.(?:pl|pm)$/, 'perl'],
  [/_spec\.rb$/, 'ruby'],
  [/\.awk$/, 'awk'],
  [/\.ml$/, 'ocaml'],
];

/** A program of a language in a command, and whether it loads modules from the working folder. */
interface Use {
  readonly language: ImportingLanguage;
  readonly loads: boolean;
}

/**
 * Returns the languages whose programs load modules from the working folder: programs that commands name, and
 * programs of static files whose language no command names, or if a command runs a script that may start them.
 *
 * Leaves out a program whose script is an argument: it runs the participant's code in any case, and the step gets no
 * private files.
 *
 * @param files paths of the static files.
 * @param chosen whether the value of a workflow variable contains an argument.
 */
export function loadedLanguages(
  commands: readonly string[],
  files: Iterable<string>,
  chosen: (variable: string) => boolean,
): Set<ImportingLanguage> {
  const paths = new Set(files);
  const parts = commands.flatMap((command) => command.split(/[;|&\n]+/));
  const lines = parts.map((part) => part.split(/\s+/).filter((word) => word !== ''));
  const uses = lines.flatMap((words) => usesOf(words, chosen));
  const named = new Set(uses.map(({ language }) => language));
  const sources = [...paths].flatMap((file) => SOURCES.find(([suffix]) => suffix.test(file))?.[1] ?? []);
  const loading = uses.filter(({ loads }) => loads).map(({ language }) => language);
  const isScripted = lines.some((words) => runsScript(words, paths));
  return new Set([...loading, ...sources.filter((language) => isScripted || !named.has(language))]);
}

function usesOf(words: readonly string[], chosen: (variable: string) => boolean): Use[] {
  return words.flatMap((word, at) => {
    const language = LOADERS.find(([program]) => program.test(programName(word)))?.[1];
    if (language === undefined) return [];
    const after = words.slice(at + 1);
    const end = after.findIndex((next) => !next.startsWith('-'));
    const options = end < 0 ? after : after.slice(0, end);
    const isReplaced =
      language === 'java' &&
      (options.some((option) => CLASS_PATH.test(option)) ||
        words.slice(0, at).some((variable) => variable.startsWith('CLASSPATH=')));
    if (language === 'awk' && !options.some((option) => AWK_FILE.test(option))) return [];
    return [{ language, loads: !isReplaced && !isArgument(after[end], chosen) }];
  });
}

/** Whether a command runs a static file by a shell, or as a program of its own. */
const runsScript = (words: readonly string[], files: ReadonlySet<string>): boolean =>
  words.some(
    (word, at) =>
      files.has(word.replace(/["']/g, '').replace(/^\.\//, '')) &&
      (at === 0 || SHELL.test(programName(words[at - 1] ?? ''))),
  );

/** Returns the name of the program that a word names: by a path, in quotes, in parentheses or by a variable. */
const programName = (word: string): string => word.replace(/[^\w./-]/g, '').replace(/^.*\//, '');

function isArgument(word: string | undefined, chosen: (variable: string) => boolean): boolean {
  if (word === undefined) return false;
  const variable = /^["']?\$\{?([A-Za-z_]\w*)/.exec(word)?.[1];
  return word.includes('$[[') || (variable !== undefined && chosen(variable));
}
