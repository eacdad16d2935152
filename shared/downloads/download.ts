import type { Answer } from '../api/answer.ts';
import type { Services } from '../services.ts';
import { contentType } from '../uploads/media-type.ts';
import { MAX_LINK_SECONDS } from '../volumes/presign.ts';

/**
 * Files up to 4 MB come from the function itself: a Lambda answer holds 6 MB after base64, which makes 4/3
 * of the bytes. Larger ones come from S3 by a link.
 */
const INLINE_BYTES = 4 * 1024 * 1024;

/** A stored file with what a browser needs to know of it. */
export interface Download {
  /** Key in the `data` bucket. */
  readonly object: string;
  /** Bytes; undefined when it is not known before the object is read. */
  readonly size: number | undefined;
  /** Media type, or null. */
  readonly type: string | null;
  /** Name offered for saving. */
  readonly name: string;
}

/**
 * The bytes of a file, or a redirect to a link that gives them, under the same type and name; undefined when
 * there is no object.
 */
export async function serve({ objects }: Services, download: Download): Promise<Answer | undefined> {
  const type = contentType(download.type);
  const disposition = attachment(download.name);
  const size = download.size ?? (await objects.size('data', download.object));
  if (size === undefined) return undefined;
  if (size <= INLINE_BYTES) {
    const content = await objects.read('data', download.object, INLINE_BYTES);
    return content && { kind: 'file', content, contentType: type, disposition };
  }
  const location = await objects.link('data', {
    method: 'GET',
    key: download.object,
    expiresIn: MAX_LINK_SECONDS,
    query: { 'response-content-type': type, 'response-content-disposition': disposition },
  });
  return { kind: 'redirect', location };
}

/**
 * `attachment` with the file's name: as it is if it is a plain token, quoted if it has other ASCII
 * characters, and in UTF-8 beside an ASCII form if it needs more (RFC 6266, section 4.3).
 */
export function attachment(name: string): string {
  if (/^[A-Za-z0-9_.-]+$/.test(name)) return `attachment; filename=${name}`;
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&');
  if (/^[\x20-\x7e]*$/.test(name)) return `attachment; filename="${ascii}"`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
