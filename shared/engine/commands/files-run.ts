import { posix } from 'node:path';
import { FlowservError, invalid } from '../../errors.ts';
import { hasText, isChosen } from './check.ts';
import { checkCodeArguments } from './code-arguments.ts';
import { type CommandContext, shellSymbols } from './commands.ts';
import { isKnownProgram } from './known-programs.ts';
import { splitCommand } from './placeholders.ts';
import { scanShell } from './shell-scanner.ts';
import { baseName, OTHER, QUOTED, type ShellWord, UNQUOTED } from './shell-text.ts';

/** Maximum depth of command lines inside command lines; more than any command needs. Bounds the recursion. */
const MAX_DEPTH = 5;

/**
 * A longer path, or one of more names, counts as unknown: no file of a run has it. So the time for all files of a command
 * grows with its length only, although each is compared with all folders above it.
 */
const MAX_PATH = 1024;
const MAX_NAMES = 64;

/** Placeholder for a file that a command runs and the template does not name: it comes from an argument or a pipe. */
export const UNKNOWN_FILE = '';

/** Open files of the process, such as a pipe. */
const DEVICE = /^\/(?:dev|proc)\//;

/** What a command does with a file; paths are relative to the run directory, or absolute. */
export type FileUse =
  | { readonly kind: 'run'; readonly path: string }
  | { readonly kind: 'copy'; readonly path: string; readonly to: string; readonly whole: boolean };

/**
 * Returns the files that a command runs as programs or passes to interpreters as code, and those that it copies, in
 * order, as far as the template determines them. Excludes programs found by name, and files that an interpreter's code
 * opens.
 */
export function filesUsed(command: string, context: Omit<CommandContext, 'note'>): readonly FileUse[] {
  try {
    return usesOf(shellSymbols(splitCommand(command), context, new Map()), MAX_DEPTH);
  } catch (error) {
    // A command that cannot be parsed fails each run.
    if (error instanceof FlowservError) return [];
    throw error;
  }
}

function usesOf(symbols: Parameters<typeof scanShell>[0], depth: number): FileUse[] {
  // A rejected command runs nothing. Its error is reported where the command is expanded.
  const refuse = (reason: string, fix: string) => invalid('command.unsafe', `${reason}: ${fix}`);
  const uses: FileUse[] = [];
  /** Undefined if it is unknown. */
  let folder: string | undefined = '';
  const inFolder = (path: string): string | undefined => {
    if (path.length > MAX_PATH) return undefined;
    const whole = path.startsWith('/') ? path : folder === undefined ? undefined : posix.join(folder, path);
    return whole === undefined || isTooLong(whole) ? undefined : whole;
  };
  const located = (word: ShellWord | undefined): string => {
    const path = word && pathOf(word);
    if (path === undefined || DEVICE.test(path)) return UNKNOWN_FILE;
    const inRun = folder?.startsWith('/') && word?.shape.startsWith(OTHER);
    const whole = inRun && !isTooLong(path) ? path : inFolder(path);
    return whole === undefined ? UNKNOWN_FILE : posix.normalize(whole);
  };
  const file = (word: ShellWord | undefined) => uses.push({ kind: 'run', path: located(word) });
  const seen = {
    file,
    program: (word: ShellWord) => {
      const isPath = /\/|\{\}/.test(word.shape) || word.references.some(isChosen);
      // A known program below a shell variable, which names a folder of programs in the image.
      const isInstalled = word.shape.startsWith(OTHER) && isKnownProgram(baseName(word));
      if (isPath && !isInstalled) file(word);
    },
    copy: (from: ShellWord | undefined, to: ShellWord, whole: boolean) => {
      const target = located(to);
      // The path of an upload is open to participants anyway. Free text may be any path.
      if (target !== UNKNOWN_FILE || hasText(to))
        uses.push({ kind: 'copy', path: located(from), to: target, whole });
    },
    folder: (word: ShellWord) => {
      folder = inFolder(pathOf(word) ?? '..');
      // What the next commands copy or run there is unknown, too.
      if (folder === undefined) uses.push({ kind: 'run', path: UNKNOWN_FILE });
    },
    commandLine: (text: string) => {
      const inner = depth === 0 ? [] : usesOf(text.split(''), depth - 1);
      if (depth === 0) file(undefined);
      for (const use of inner) uses.push(use);
    },
  };
  try {
    checkCodeArguments(scanShell(symbols, refuse).commands, refuse, undefined, seen);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    file(undefined);
  }
  return uses;
}

const isTooLong = (path: string): boolean => path.length > MAX_PATH || path.split('/').length > MAX_NAMES;

/**
 * Returns the path that a word represents; undefined if a participant may choose it. Assumes that a variable at the
 * beginning is a folder.
 */
function pathOf({ shape, references }: ShellWord): string | undefined {
  if (references.some(isChosen)) return undefined;
  const values = references.map(({ value }) => value ?? '');
  const path = shape
    .replace(new RegExp(`^${OTHER}/`), '')
    .replace(new RegExp(`/${OTHER}$`), '/any')
    .replaceAll(OTHER, '');
  return path.replace(new RegExp(`[${QUOTED}${UNQUOTED}]`, 'g'), () => values.shift() ?? '') || undefined;
}
