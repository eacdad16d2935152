import { posix } from 'node:path';
import { FlowservError, invalid } from '../../errors.ts';
import { isChosen } from './check.ts';
import { checkCodeArguments } from './code-arguments.ts';
import { type CommandContext, shellSymbols } from './commands.ts';
import { isKnownProgram } from './known-programs.ts';
import { splitCommand } from './placeholders.ts';
import { scanShell } from './shell-scanner.ts';
import { baseName, OTHER, QUOTED, type ShellWord, UNQUOTED } from './shell-text.ts';

/** Maximum depth of command lines inside command lines; more than any command needs. Bounds the recursion. */
const MAX_DEPTH = 5;

/** Placeholder for a file that a command runs and the template does not name: it comes from an argument or a pipe. */
export const UNKNOWN_FILE = '';

/**
 * Returns the files that a command runs as programs or passes to interpreters as code: paths relative to the run
 * directory, as far as the template determines them. Excludes programs found by name or by an absolute path, which
 * belong to the image, and files that an interpreter's code opens.
 */
export function filesRun(command: string, context: Omit<CommandContext, 'note'>): readonly string[] {
  try {
    return filesOf(shellSymbols(splitCommand(command), context, new Map()), MAX_DEPTH);
  } catch (error) {
    // A command that cannot be parsed fails each run.
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

function filesOf(symbols: Parameters<typeof scanShell>[0], depth: number): string[] {
  // A rejected command runs nothing. Its error is reported where the command is expanded.
  const refuse = (reason: string, fix: string) => invalid('command.unsafe', `${reason}: ${fix}`);
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
      // A known program below a shell variable, which names a folder of programs in the image.
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

/**
 * Returns the path that a word represents; undefined if a participant may choose it. Assumes that a variable at the
 * beginning is a folder.
 */
function pathOf({ shape, references }: ShellWord): string | undefined {
  if (references.some(isChosen)) return undefined;
  const values = references.map(({ value }) => value ?? '');
  const path = shape.replace(new RegExp(`^${OTHER}/`), '').replaceAll(OTHER, '');
  return path.replace(new RegExp(`[${QUOTED}${UNQUOTED}]`, 'g'), () => values.shift() ?? '') || undefined;
}
