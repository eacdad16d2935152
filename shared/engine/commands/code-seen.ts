import { isChosen, type Seen } from './check.ts';
import { isStandardInput, lineOf, MAX_WORDS, reportContent, reportStandardInput } from './code-content.ts';
import { reportInput, reportLoaded } from './files-loaded.ts';
import { baseName, emptyWord, OTHER, type ShellWord, type SimpleCommand } from './shell-text.ts';

/** Reports what a program that is not a wrapper runs, apart from what its interpreter does. */
export function reportProgram(
  program: ShellWord,
  args: readonly ShellWord[],
  command: SimpleCommand,
  seen: Seen,
  again: (words: readonly ShellWord[]) => void,
): void {
  const [first] = args;
  reportName(program, seen);
  switch (program.shape) {
    case 'cd':
      seen.folder(first ?? emptyWord());
      return;
    case 'eval':
      for (const word of args) reportContent(word, seen);
      seen.commandLine(args.map(({ shape }) => shape).join(' '));
      return;
    case 'trap':
    case 'alias':
      reportContent(first, seen);
      seen.commandLine((first?.shape ?? '').replace(/^[\w.-]+=/, ''));
      return;
    case '.':
    case 'source':
      if (first && isStandardInput(first))
        reportStandardInput(command, seen, ({ shape }) => seen.commandLine(shape));
      else seen.file(first);
      return;
    case 'export':
    case 'declare':
    case 'typeset':
    case 'readonly':
    case 'local':
      // `export $(cat file)` assigns variables that the file chooses.
      for (const word of args) if (!/^\w+\+?=/.test(word.shape)) reportContent(word, seen);
      return;
    default:
      if (baseName(program) === 'parallel') reportParallel(args, command, seen, again);
      reportLoaded(program, args, seen);
      reportInput(program, command, seen);
  }
}

/** Reports the word that names a program; a shell variable may name a file of the run. */
function reportName(program: ShellWord, seen: Seen): void {
  seen.program(program);
  reportContent(program, seen);
  if (!program.shape.startsWith(OTHER)) return;
  for (const word of program.variables?.flat() ?? []) {
    if (word.shape.includes('/') || word.references.some(isChosen)) seen.program(word);
  }
}

const SOURCE = /^:{3,4}\+?$/;

/** Without a command, GNU parallel runs the lines of its input. */
function reportParallel(
  args: readonly ShellWord[],
  command: SimpleCommand,
  seen: Seen,
  again: (words: readonly ShellWord[]) => void,
): void {
  const end = args.findIndex(({ shape }) => SOURCE.test(shape));
  const own = end < 0 ? args : args.slice(0, end);
  const at = own.findIndex(
    ({ shape }, index) =>
      !shape.startsWith('-') &&
      !/^-(?:[ajSnNLl]|-(?:arg-file|jobs|colsep|delay|timeout|joblog))$/.test(own[index - 1]?.shape ?? ''),
  );
  const file = own.find((_word, index) => /^(?:-a|--arg-file)$/.test(own[index - 1]?.shape ?? ''));
  const listed = end < 0 ? [] : args.slice(end + 1);
  if (args.length > MAX_WORDS) {
    seen.file(undefined);
    return;
  }
  const lines = [
    lineOf(command, file),
    ...listed.map((word) => (args[end]?.shape === '::::' ? lineOf(command, word) : word)),
  ];
  for (const line of lines) {
    if (at < 0) {
      reportContent(line, seen);
      seen.commandLine(line.shape);
    } else again(withLine(own.slice(at), line));
  }
}

/** Returns the command that a program such as xargs runs for a line of its input. */
export function withLine(words: readonly ShellWord[], line: ShellWord, mark = '{}'): readonly ShellWord[] {
  if (!words.some(({ shape }) => shape.includes(mark))) return [...words, line];
  return words.map((word) =>
    word.shape.includes(mark)
      ? {
          shape: word.shape.replaceAll(mark, OTHER),
          references: word.references,
          outputOf: [...(word.outputOf ?? []), ...(line.outputOf ?? [])],
        }
      : word,
  );
}
