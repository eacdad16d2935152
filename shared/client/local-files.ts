import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FORM_BYTES } from '../uploads/limits.ts';

/** Files of the disk for a client: Node only, so apart from what browsers use. */

/**
 * A file to upload. It is read while it is sent, never as a whole.
 *
 * @throws Error with a sentence for the user
 */
export async function openUpload(path: string): Promise<{
  readonly content: Blob;
  readonly name: string;
  /** Of files that go in parts. */
  readonly sha256: string | undefined;
}> {
  const info = await stat(path).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const fault = isAbsent ? 'does not exist' : `cannot be read: ${reasonOf(cause)}`;
    throw new Error(`the file '${path}' ${fault}`, { cause });
  });
  if (!info.isFile()) throw new Error(`'${path}' is no file`);
  try {
    const content = await openAsBlob(path);
    const sha256 = content.size > FORM_BYTES ? await digestOf(path) : undefined;
    return { content, name: basename(path), sha256 };
  } catch (cause) {
    throw new Error(`the file '${path}' cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** SHA-256 of a file's content, hexadecimal. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Streams a download into a file, which appears, or is replaced, only when all of it has come.
 *
 * @throws Error with a sentence for the user
 */
export async function saveDownload({ body }: Response, path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    await body?.cancel();
    throw new Error(`cannot write '${path}': there is no folder '${dirname(path)}'`);
  }
  // What is there and no file, such as `/dev/stdout`, is written to and not replaced.
  const existing = await stat(path).catch(() => undefined);
  const target = existing && !existing.isFile() ? path : `${path}.${process.pid}.part`;
  try {
    await pipeline(body ? Readable.fromWeb(body) : Readable.from([]), createWriteStream(target));
    if (target !== path) await rename(target, path);
  } catch (cause) {
    if (target !== path) await rm(target, { force: true });
    throw new Error(`cannot save '${path}': ${reasonOf(cause)}`, { cause });
  }
}
