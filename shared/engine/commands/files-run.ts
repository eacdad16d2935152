import { posix } from 'node:path';
import { FlowservError, invalid } from '../../errors.ts';
import { isChosen } from './check.ts';
import { checkCodeArguments } from './code-arguments.ts';
import { type CommandContext, shellSymbols } from './commands.ts';
import { isKnownProgram } from './known-programs.ts';
import { splitCommand } from './placeholders.ts';
import { scanShell } from './shell-scanner.ts';
import { baseName, OTHER, QUOTED, type ShellWord, UNQUOTED } from './shell-text.ts';

/** More command lines inside command lines than any command needs; bounds the recursion. */
const MAX_DEPTH = 5;

/** Stands for a file that a command runs and that the template does not name: an argument does, or a pipe. */
export const UNKNOWN_FILE = '';

/**
 * The files that a command runs as programs or gives to interpreters as their code: relative paths from the run
 * directory, as far as the template tells them. Programs that are found by their names or by absolute paths belong to
 * the image and are left out, and so is what an interpreter does with the files that its code opens.
 */
export function filesRun(command: string, context: Omit<CommandContext, 'note'>): readonly string[] {
  try {
    return filesOf(shellSymbols(splitCommand(command), context, new Map()), MAX_DEPTH);
  } catch (error) {
    // A command that cannot be read fails each run.
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

function filesOf(symbols: Parameters<typeof scanShell>[0], depth: number): string[] {
  // A command that is refused runs nothing. Its error is for who expands it.
  const refuse = (reason: string, mend: string) => invalid('command.unsafe', `${reason}: ${mend}`);
  const files: string[] = [];
  let folder = '';
  const add = (path: string | undefined) => {
    if (path === undefined) files.push(UNKNOWN_FILE);
    else if (!path.startsWith('/')) files.push(posix.normalize(posix.join(folder, path)));
  };
  const seen = {
    file: (word: ShellWord | undefined) => add(word && pathOf(word)),
    program: (word: ShellWord) => {
      const isPath = word.shape.includes('/') || word.references.some(isChosen);
      // Below a variable of the shell, which names where the image has its programs.
      const isInstalled = word.shape.startsWith(OTHER) && isKnownProgram(baseName(word));
      if (isPath && !isInstalled) add(pathOf(word));
    },
    folder: (word: ShellWord) => {
      folder = posix.join(folder, pathOf(word) ?? '..');
    },
    commandLine: (text: string) => {
      files.push(...(depth === 0 ? [UNKNOWN_FILE] : filesOf(text.split(''), depth - 1)));
    },
  };
  try {
    checkCodeArguments(scanShell(symbols, refuse).commands, refuse, undefined, seen);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    files.push(UNKNOWN_FILE);
  }
  return files;
}

/** The path that a word stands for; undefined where it is not known, as a participant may choose it. A variable in front is taken for a folder. */
function pathOf({ shape, references }: ShellWord): string | undefined {
  if (references.some(isChosen)) return undefined;
  const values = references.map(({ value }) => value ?? '');
  const path = shape.replace(new RegExp(`^${OTHER}/`), '').replaceAll(OTHER, '');
  return path.replace(new RegExp(`[${QUOTED}${UNQUOTED}]`, 'g'), () => values.shift() ?? '') || undefined;
}
