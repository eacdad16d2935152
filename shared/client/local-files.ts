import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FORM_BYTES } from '../uploads/limits.ts';

/** Local files for a client. This module needs Node.js, so it is separate from the code for browsers. */

/**
 * Opens a file for `client.files.upload`. The file is read while it is sent, and is never in memory as a whole.
 *
 * @throws Error with a message for the user
 * @example
 * const { content, name, sha256 } = await openUpload('data/names.txt');
 * const file = await client.files.upload(group.id, content, name, { sha256 });
 */
export async function openUpload(path: string): Promise<{
  readonly content: Blob;
  readonly name: string;
  /** Undefined for files that fit a form upload. */
  readonly sha256: string | undefined;
}> {
  const info = await stat(path).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const fault = isAbsent ? 'does not exist' : `cannot be read: ${reasonOf(cause)}`;
    throw new Error(`the file '${path}' ${fault}`, { cause });
  });
  if (!info.isFile()) throw new Error(`'${path}' is not a file`);
  try {
    const content = await openAsBlob(path);
    const sha256 = content.size > FORM_BYTES ? await digestOf(path) : undefined;
    return { content, name: basename(path), sha256 };
  } catch (cause) {
    throw new Error(`the file '${path}' cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Returns the SHA-256 digest of a file's content, hexadecimal. @example await digestOf('names.txt'); */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Streams a download into a file. The file is created or replaced only after all content arrived.
 *
 * @throws Error with a message for the user
 * @example
 * await saveDownload(await client.runs.downloadFile(run.id, file.id), 'results.json');
 */
export async function saveDownload({ body }: Response, path: string): Promise<void> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    await body?.cancel();
    throw new Error(`cannot write '${path}': the folder '${dirname(path)}' does not exist`);
  }
  // An existing target that is not a file, such as `/dev/stdout`, is written to and not replaced.
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
