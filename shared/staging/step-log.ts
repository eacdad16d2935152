import { Readable } from 'node:stream';
import { hashOf, memoryBody, readPieces } from './body.ts';
import type { StagingEnvironment } from './environment.ts';
import { type LogFile, logFiles } from './logs.ts';
import { openInside } from './paths.ts';
import type { LogPart, LogStream, StepLog } from './protocol.ts';
import type { Upload } from './upload.ts';

/** Bytes of a stream that are part of the log itself. */
const INLINE_BYTES = 64 * 1024;
/** Stands between the two ends of a long stream. */
const NOTE = Buffer.from('\n[… bytes left out …]\n');

/** The log of a step, and its streams that are files of their own. */
interface ReadLog {
  readonly log: StepLog;
  readonly streams: readonly Upload[];
}

/**
 * Reads the log of a step.
 *
 * @param logBytes limit of the streams together that are files of their own, of which both ends are kept; absent while
 *   the step runs: then only the end of each stream is read, 128 KiB in all, whatever was written
 */
export async function readStepLog({ log, work }: StagingEnvironment, logBytes?: number): Promise<ReadLog> {
  const pairs = await logFiles(log);
  const streams: Upload[] = [];
  const read = async (path: string, position: 0 | 1): Promise<LogStream> => {
    const files = pairs.map((pair) => pair[position]);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const isOwn = logBytes !== undefined && size > INLINE_BYTES;
    const parts = isOwn ? endsOf(size, logBytes / 2) : [endOf(size, INLINE_BYTES)];
    const content = () => readParts(log, files, parts);
    if (!isOwn) {
      const bytes = Buffer.concat(await Array.fromAsync(content()));
      return { size, parts, bytes: bytes.toString('base64') };
    }
    const { at, length } = parts.at(-1) ?? endOf(0, 0);
    const body = { size: at + length, sha256: await hashOf(content()), open: () => Readable.from(content()) };
    streams.push({ kind: 'log', path, body });
    return { size, parts, bytes: null };
  };
  const [stdout, stderr] = [await read('stdout', 0), await read('stderr', 1)];
  return { log: { v: 1, folder: work, stdout, stderr }, streams };
}

export const logUpload = (path: 'live' | 'end', log: StepLog): Upload => ({
  kind: 'log',
  path,
  body: memoryBody(Buffer.from(JSON.stringify(log))),
});

const endOf = (size: number, limit: number): LogPart => {
  const length = Math.min(size, limit);
  return { start: size - length, length, at: 0 };
};

/** All of a stream, or both of its ends. */
function endsOf(size: number, limit: number): LogPart[] {
  const half = Math.floor((limit - NOTE.length) / 2);
  const head = endOf(Math.min(size, half), half);
  return size <= limit ? [endOf(size, limit)] : [head, { ...endOf(size, half), at: half + NOTE.length }];
}

/** Yields the parts of the files one after the other, with the note between them. */
async function* readParts(folder: string, files: readonly LogFile[], parts: readonly LogPart[]) {
  for (const { start, length, at } of parts) {
    if (at > 0) yield NOTE;
    let before = 0;
    for (const { name, size } of files) {
      const piece = {
        start: Math.max(0, start - before),
        end: Math.min(size, start + length - before),
      };
      if (piece.start < piece.end) yield* readPieces(() => openInside(folder, name), [piece]);
      before += size;
    }
  }
}
