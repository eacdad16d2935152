import type { AnswerOf } from '../api/routes.ts';
import { MAX_LINKS } from '../uploads/limits.ts';
import { isUnanswered, persist } from './persist.ts';
import type { Transport } from './transport.ts';

/** Parts on their way at once: enough for a fast line, few enough for a slow one. */
const CONCURRENCY = 4;

type FileHandle = AnswerOf<'files:direct:complete'>;

/** The steps of an upload in parts, one request each; `files.upload` takes them by itself. */
export const multipartUploadMethods = ({ read, send }: Pick<Transport, 'read' | 'send'>) => ({
  begin: (userGroupId: string, file: { name: string; size: number; sha256?: string | undefined }) =>
    read('files:direct:start', { params: { userGroupId }, json: file }),
  /** Links to parts, and which are done. */
  parts: (userGroupId: string, fileId: string, numbers: readonly number[]) =>
    read('files:direct:parts', { params: { userGroupId, fileId }, json: { numbers } }),
  complete: (userGroupId: string, fileId: string, parts: readonly { number: number; etag: string }[]) =>
    read('files:direct:complete', { params: { userGroupId, fileId }, json: { parts } }),
  abort: async (userGroupId: string, fileId: string) => {
    await send('files:direct:abort', { params: { userGroupId, fileId } });
  },
});

/** A file for an upload in parts. */
export interface MultipartFile {
  readonly content: Blob;
  readonly name: string;
  /** SHA-256 in hexadecimal digits, which the server checks; it has to be known for files above 256 MiB. */
  readonly sha256?: string | undefined;
  /** Told how many bytes have arrived. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Uploads a file in parts, straight to S3. A part that breaks off is sent again by a fresh link, and the end is
 * said again when nobody answers; an upload that fails for good is given up, so that nothing of it stays.
 *
 * @throws ApiError
 */
export async function uploadInParts(
  transport: Pick<Transport, 'read' | 'send' | 'put' | 'pause'>,
  userGroupId: string,
  { content, name, sha256, onProgress = () => {} }: MultipartFile,
): Promise<FileHandle> {
  const { begin, parts, complete, abort } = multipartUploadMethods(transport);
  const started = await begin(userGroupId, { name, size: content.size, sha256 });
  const { id: fileId, partSize } = started;
  const links = new Map(started.parts.map(({ number, url }) => [number, url]));
  const count = Math.max(1, Math.ceil(content.size / partSize));
  const etags: string[] = [];
  let arrived = 0;

  /** A link to a part, with those of the parts after it: they are wanted next. */
  const linkOf = async (number: number): Promise<string> => {
    if (!links.has(number)) {
      const length = Math.min(MAX_LINKS, count - number + 1);
      const numbers = Array.from({ length }, (_, index) => number + index);
      const more = await parts(userGroupId, fileId, numbers);
      for (const part of more.parts) links.set(part.number, part.url);
    }
    const url = links.get(number);
    if (url === undefined) throw new Error(`no link for part ${number}`);
    return url;
  };

  const sendPart = async (number: number): Promise<void> => {
    const part = content.slice((number - 1) * partSize, number * partSize);
    const put = async () => {
      const link = await linkOf(number);
      // Another attempt needs a fresh one: this may have ended with its fifteen minutes.
      links.delete(number);
      return transport.put(link, part);
    };
    etags[number - 1] = await persist(put, transport.pause);
    arrived += part.size;
    onProgress(arrived);
  };

  const numbers = Array.from({ length: count }, (_, index) => index + 1).values();
  const worker = async () => {
    for (const number of numbers) await sendPart(number);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, count) }, worker));
    const sent = etags.map((etag, index) => ({ number: index + 1, etag }));
    return await persist(() => complete(userGroupId, fileId, sent), transport.pause, isUnanswered);
  } catch (error) {
    await abort(userGroupId, fileId).catch(() => {
      // Swept by the server within a day; what went wrong first is what the caller has to know.
    });
    throw error;
  }
}
