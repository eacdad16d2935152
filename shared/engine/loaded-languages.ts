import type { ImportingLanguage } from '../template/looked-up-paths.ts';

/**
 * Programs that load code from their working folder even if their script is in another folder: Octave and PHP before
 * the folder of the script, Haskell before the installed packages, the others after. Python does so only for some
 * commands (`working-folder.ts`).
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
];
/** Options and variables that replace Java's default class path, which is the working folder. */
const CLASS_PATH = /^(?:-(?:jar|cp|classpath|-class-path(?:=.*)?|m|-module(?:=.*)?)$|CLASSPATH=)/;

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
];

/** A program of a language in a command, and whether it loads modules from the working folder. */
interface Use {
  readonly language: ImportingLanguage;
  readonly loads: boolean;
}

/**
 * Returns the languages whose programs load modules from the working folder: programs that commands name, and
 * programs of static files whose language no command names.
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
  const uses = commands.flatMap((command) => usesOf(command, chosen));
  const named = new Set(uses.map(({ language }) => language));
  const sources = [...files].flatMap((file) => SOURCES.find(([suffix]) => suffix.test(file))?.[1] ?? []);
  const loading = uses.filter(({ loads }) => loads).map(({ language }) => language);
  return new Set([...loading, ...sources.filter((language) => !named.has(language))]);
}

function usesOf(command: string, chosen: (variable: string) => boolean): Use[] {
  return command.split(/[;|&\n]+/).flatMap((part) => {
    const words = part.split(/\s+/).filter((word) => word !== '');
    const hasClassPath = words.some((word) => CLASS_PATH.test(word));
    return words.flatMap((word, at) => {
      const language = LOADERS.find(([program]) => program.test(programName(word)))?.[1];
      if (language === undefined) return [];
      const script = words.slice(at + 1).find((next) => !next.startsWith('-'));
      const loads = !(language === 'java' && hasClassPath) && !isArgument(script, chosen);
      return [{ language, loads }];
    });
  });
}

/** Returns the name of the program that a word names: by a path, in quotes, in parentheses or by a variable. */
const programName = (word: string): string => word.replace(/[^\w./-]/g, '').replace(/^.*\//, '');

function isArgument(word: string | undefined, chosen: (variable: string) => boolean): boolean {
  if (word === undefined) return false;
  const variable = /^["']?\$\{?([A-Za-z_]\w*)/.exec(word)?.[1];
  return word.includes('$[[') || (variable !== undefined && chosen(variable));
}
