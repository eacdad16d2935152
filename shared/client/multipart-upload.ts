import type { ResponseOf } from '../api/routes.ts';
import { MAX_LINKS } from '../uploads/limits.ts';
import { hasUnknownOutcome, persist } from './persist.ts';
import type { Transport } from './transport.ts';

/** Number of parts sent at the same time: enough for a fast connection, few enough for a slow one. */
const CONCURRENCY = 4;

type FileHandle = ResponseOf<'files:direct:complete'>;

/** The steps of a multipart upload, one request each; `files.upload` performs them all. */
export const multipartUploadMethods = ({ read, send }: Pick<Transport, 'read' | 'send'>) => ({
  /**
   * Starts a multipart upload and returns links for its first parts.
   *
   * @example
   * const { id, partSize, parts } = await client.files.begin(group.id, { name: 'data.bin', size });
   */
  begin: (userGroupId: string, file: { name: string; size: number; sha256?: string | undefined }) =>
    read('files:direct:start', { params: { userGroupId }, json: file }),
  /**
   * Returns links to parts, and the numbers of the parts that are stored.
   *
   * @example
   * const { parts, done } = await client.files.parts(group.id, id, [101, 102]);
   */
  parts: (userGroupId: string, fileId: string, numbers: readonly number[]) =>
    read('files:direct:parts', { params: { userGroupId, fileId }, json: { numbers } }),
  /**
   * Completes a multipart upload.
   *
   * @param parts all parts with the ETags of their responses
   * @example
   * const file = await client.files.complete(group.id, id, [{ number: 1, etag }]);
   */
  complete: (userGroupId: string, fileId: string, parts: readonly { number: number; etag: string }[]) =>
    read('files:direct:complete', { params: { userGroupId, fileId }, json: { parts } }),
  /** Aborts a multipart upload. @example await client.files.abort(group.id, id); */
  abort: async (userGroupId: string, fileId: string) => {
    await send('files:direct:abort', { params: { userGroupId, fileId } });
  },
});

/** A file for a multipart upload. */
export interface MultipartFile {
  readonly content: Blob;
  readonly name: string;
  /** SHA-256 in hexadecimal digits, which the server checks; required for files above 256 MiB. */
  readonly sha256?: string | undefined;
  /** Called with the number of bytes that arrived; no-op by default. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** The requests of one multipart upload. */
export interface UploadSteps<T> {
  begin(): Promise<{ readonly id: string; readonly partSize: number; readonly parts: readonly Link[] }>;
  parts(id: string, numbers: readonly number[]): Promise<{ readonly parts: readonly Link[] }>;
  complete(id: string, parts: readonly { number: number; etag: string }[]): Promise<T>;
  abort(id: string): Promise<void>;
}
interface Link {
  readonly number: number;
  readonly url: string;
}

/**
 * Uploads a file to a group in parts, straight to S3.
 *
 * @throws ApiError
 * @example
 * const file = await uploadInParts(transport, group.id, { content, name: 'data.bin', sha256 });
 */
export function uploadInParts(
  transport: Pick<Transport, 'read' | 'send' | 'put' | 'pause'>,
  userGroupId: string,
  { content, name, sha256, onProgress }: MultipartFile,
): Promise<FileHandle> {
  const { begin, parts, complete, abort } = multipartUploadMethods(transport);
  const steps: UploadSteps<FileHandle> = {
    begin: () => begin(userGroupId, { name, size: content.size, sha256 }),
    parts: (id, numbers) => parts(userGroupId, id, numbers),
    complete: (id, sent) => complete(userGroupId, id, sent),
    abort: (id) => abort(userGroupId, id),
  };
  return sendInParts(transport, content, steps, onProgress);
}

/**
 * Performs a multipart upload. A part whose connection breaks is sent again with a fresh link, and completion is
 * retried if no response arrives. An upload that fails permanently is aborted, so that none of it remains.
 *
 * @param onProgress called with the number of bytes that arrived
 * @throws ApiError
 * @example
 * const source = await sendInParts(transport, content, steps);
 */
export async function sendInParts<T>(
  transport: Pick<Transport, 'put' | 'pause'>,
  content: Blob,
  { begin, parts, complete, abort }: UploadSteps<T>,
  onProgress: (bytes: number) => void = () => {},
): Promise<T> {
  const started = await begin();
  const { id: fileId, partSize } = started;
  const links = new Map(started.parts.map(({ number, url }) => [number, url]));
  const count = Math.max(1, Math.ceil(content.size / partSize));
  const etags: string[] = [];
  let arrived = 0;

  /** Returns a link to a part, and fetches those of the following parts too, which are needed next. */
  const linkOf = async (number: number): Promise<string> => {
    if (!links.has(number)) {
      const length = Math.min(MAX_LINKS, count - number + 1);
      const numbers = Array.from({ length }, (_, index) => number + index);
      const more = await parts(fileId, numbers);
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
      // Another attempt needs a fresh link: this one may expire after its fifteen minutes.
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
    return await persist(() => complete(fileId, sent), transport.pause, hasUnknownOutcome);
  } catch (error) {
    await abort(fileId).catch(() => {
      // The server removes the upload within a day; the caller needs the first error.
    });
    throw error;
  }
}
