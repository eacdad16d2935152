/**
 * The instructions of a workflow: a text file that may include other files by `{{path}}`.
 *
 * Source: flowServ template specification, file formats and includes.
 */
import { dirname, join, resolve } from 'node:path';
import { invalidTemplate } from '../errors.ts';
import { containedPath, readTextFile, shownPath } from './contained-file.ts';

/** Maximum length of instructions, in characters, with everything they include (1 MiB). */
export const MAX_INSTRUCTIONS_LENGTH = 1024 * 1024;

/** Maximum number of files that one text includes, including repetitions, since each is read again. */
export const MAX_INSTRUCTIONS_INCLUDES = 1_000;

interface Reading {
  readonly root: string;
  /** Characters that may still be read. */
  charactersLeft: number;
  /** Files that may still be read. */
  filesLeft: number;
}

async function readPart(reading: Reading, path: string, chain: readonly string[]): Promise<string> {
  const shown = shownPath(reading.root, resolve(reading.root, path));
  const file = await containedPath(reading.root, path);
  if (file === undefined) throw invalidTemplate(`the instructions file '${shown}' does not exist`);
  if (chain.includes(file)) throw invalidTemplate(`the instructions file '${shown}' includes itself`);
  reading.filesLeft -= 1;
  if (reading.filesLeft < 0) {
    throw invalidTemplate(`the instructions include more than ${MAX_INSTRUCTIONS_INCLUDES} files`);
  }
  const text = (await readTextFile(file, shown, MAX_INSTRUCTIONS_LENGTH)).trim();
  reading.charactersLeft -= text.length;
  if (reading.charactersLeft < 0) {
    throw invalidTemplate(
      `the instructions exceed ${MAX_INSTRUCTIONS_LENGTH} characters with their includes`,
    );
  }
  // Pieces with an odd index are the paths between the brackets.
  const pieces = text.split(/\{\{(.*?)\}\}/);
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 1) pieces[i] = await readPart(reading, join(dirname(file), piece), [...chain, file]);
  }
  return pieces.join('');
}

/**
 * Reads instructions: the file's text without surrounding white space, with every `{{path}}` replaced by the text of
 * that file, read in the same way. Paths are relative to the folder of the file that contains them.
 *
 * @param file path of the file, which must be inside `root`.
 * @param root real path of the folder that no include may leave.
 * @throws 400 for missing files, paths and links that leave `root`, files that include themselves, texts that are not
 *   UTF-8, and beyond `MAX_INSTRUCTIONS_LENGTH` characters or `MAX_INSTRUCTIONS_INCLUDES` includes.
 */
export function readInstructions(file: string, root: string): Promise<string> {
  const reading = {
    root,
    charactersLeft: MAX_INSTRUCTIONS_LENGTH,
    filesLeft: MAX_INSTRUCTIONS_INCLUDES + 1,
  };
  return readPart(reading, file, []);
}
