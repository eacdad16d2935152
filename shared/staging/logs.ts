import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { type Piece, readPieces } from './body.ts';
import { systemCode } from './failure.ts';
import { openInside } from './paths.ts';
import type { CommandLog } from './protocol.ts';

/** Limit of one stream of one command in the status document, and of all of them together. */
const BLOCK_BYTES = 32 * 1024;
const ALL_BLOCKS_BYTES = 192 * 1024;
/** Bytes for the note that replaces text that was left out. */
const NOTE_BYTES = 64;
/** Maximum commands whose logs are read; a step could make any number of such files itself. */
const MAX_COMMANDS = 1_000;

/** The output of one command on one stream. */
export interface LogFile {
  readonly name: string;
  readonly size: number;
}

/**
 * Reads the text of each executed command of a step, which may still be running. The step can write in this folder, so
 * only regular files are read, and no link is followed.
 *
 * @param work folder of the run tree
 */
export async function readLogs(folder: string, work: string): Promise<CommandLog[]> {
  const pairs = await logFiles(folder);
  const share = shareOf(pairs.flat(), ALL_BLOCKS_BYTES, BLOCK_BYTES);
  const commands: CommandLog[] = [];
  for (const [out, err] of pairs) {
    const stdout = withoutFolder(await readBlock(folder, out, share), work);
    const stderr = withoutFolder(await readBlock(folder, err, share), work);
    commands.push({ stdout, stderr, truncated: out.size > share || err.size > share });
  }
  return commands;
}

/**
 * The text with paths in the run tree as the template writes them: the location of the tree is of no use to a reader,
 * and on a local server it would reveal paths of the host.
 */
const withoutFolder = (text: string, work: string): string =>
  text.replaceAll(`${work}/`, '').replaceAll(work, '.');

/** The files of standard output and standard error of each command. */
export async function logFiles(folder: string): Promise<[LogFile, LogFile][]> {
  const pairs: [LogFile, LogFile][] = [];
  while (pairs.length < MAX_COMMANDS) {
    const out = await logFile(folder, `${pairs.length}.out`);
    const err = await logFile(folder, `${pairs.length}.err`);
    if (!out && !err) break;
    pairs.push([
      out ?? { name: `${pairs.length}.out`, size: 0 },
      err ?? { name: `${pairs.length}.err`, size: 0 },
    ]);
  }
  return pairs;
}

async function logFile(folder: string, name: string): Promise<LogFile | undefined> {
  try {
    const info = await lstat(join(folder, name));
    return info.isFile() ? { name, size: info.size } : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The largest size, at most `each`, to which all files can be cut so that they stay within `total`. */
function shareOf(files: readonly LogFile[], total: number, each: number): number {
  const sizes = files.map(({ size }) => size).sort((a, b) => a - b);
  let left = total;
  for (const [index, size] of sizes.entries()) {
    const share = Math.floor(left / (sizes.length - index));
    if (size > share) return Math.min(share, each);
    left -= size;
  }
  return each;
}

/** The pieces of a file of `size` bytes that fit in `share`: all of it, or its two ends with a note between. */
function cut(size: number, share: number): Piece[] {
  if (size <= share) return [{ start: 0, end: size }];
  const half = Math.floor(Math.max(0, share - NOTE_BYTES) / 2);
  const note = `\n[… ${size - 2 * half} bytes left out …]\n`;
  return [{ start: 0, end: half }, Buffer.from(note), { start: size - half, end: size }];
}

async function readBlock(folder: string, file: LogFile, share: number): Promise<string> {
  if (file.size === 0) return '';
  const texts: string[] = [];
  const pieces = cut(file.size, share);
  const room = Math.floor((share - (pieces.length > 1 ? NOTE_BYTES : 0)) / (pieces.length > 1 ? 2 : 1));
  for (const piece of pieces) {
    const bytes = await bytesOf(readPieces(() => openInside(folder, file.name), [piece]));
    texts.push(Buffer.isBuffer(piece) ? bytes.toString() : textOf(bytes, room, texts.length > 0));
  }
  return texts.join('');
}

async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const list: Buffer[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

/**
 * Bytes as text of at most `room` bytes. Characters that were cut in half are left out; bytes that are not UTF-8
 * become U+FFFD, which takes three bytes each.
 */
function textOf(bytes: Buffer, room: number, afterCut: boolean): string {
  let start = 0;
  while (afterCut && start < 3 && isContinuation(bytes[start])) start += 1;
  const text = new StringDecoder('utf8').write(bytes.subarray(start));
  const encoded = Buffer.from(text);
  return encoded.length <= room ? text : new StringDecoder('utf8').write(encoded.subarray(0, room));
}

/** Whether a byte is the second or a later one of a character in UTF-8. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
