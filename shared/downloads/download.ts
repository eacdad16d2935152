import { latinFileName } from '../documents/file-name.ts';
import type { Services } from '../services/services.ts';
import { contentType } from '../uploads/media-type.ts';
import { linkExpiry, MAX_LINK_SECONDS } from '../volumes/presign.ts';

/**
 * Files up to 4 MB come from the function itself: a Lambda response holds 6 MB after base64, which makes 4/3 of the
 * bytes. Larger ones are served by a link to S3.
 */
const INLINE_BYTES = 4 * 1024 * 1024;

/** A stored file with the metadata that a browser needs. */
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

/** The options of a request for a file. */
export interface DownloadRequest {
  readonly method: 'GET' | 'HEAD';
  /** True for a part of the file (`Range`), which S3 serves and the function does not. */
  readonly partly: boolean;
  /** True for the link itself instead of a redirect, for programs that forward it. */
  readonly asLink: boolean;
}

/** How a file is served. */
export type Served =
  | {
      readonly kind: 'file';
      readonly content: Buffer;
      readonly contentType: string;
      /** Value of `Content-Disposition`. */
      readonly disposition: string;
    }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'link'; readonly link: FileLink };

/** A link to a file, with the file's metadata. */
interface FileLink {
  readonly url: string;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly expiresAt: string;
}

/**
 * Serves the bytes of a file, a redirect to a link with the same type and name, or the link itself with the file's
 * metadata. Undefined when the object does not exist.
 */
export async function serve(
  services: Services,
  download: Download,
  { method, partly, asLink }: DownloadRequest,
): Promise<Served | undefined> {
  const { objects } = services;
  const type = contentType(download.type);
  const size = download.size ?? (await objects.size('data', download.object));
  if (size === undefined) return undefined;
  if (asLink) {
    const url = await linkTo(services, download, 'GET');
    const expiresAt = linkExpiry(services.now());
    return { kind: 'link', link: { url, name: download.name, size, type, expiresAt } };
  }
  // A HEAD of a small file also reads its bytes: the gateway counts them, but sends none.
  if (size > INLINE_BYTES || partly) {
    return { kind: 'redirect', location: await linkTo(services, download, method) };
  }
  const content = await objects.read('data', download.object, INLINE_BYTES);
  return content && { kind: 'file', content, contentType: type, disposition: attachment(download.name) };
}

/** A link for one method: S3 rejects a signature that was created for another. */
const linkTo = ({ objects }: Services, { object, type, name }: Download, method: 'GET' | 'HEAD') =>
  objects.link('data', {
    method,
    key: object,
    expiresIn: MAX_LINK_SECONDS,
    query: {
      'response-content-type': contentType(type),
      'response-content-disposition': attachment(name),
    },
  });

/**
 * `attachment` with the file's name: unquoted if it is a plain token, quoted if it has other ASCII characters. Other
 * names are given in UTF-8 in addition to their Latin form (RFC 6266, section 4.3), or to the quoted form for
 * characters that browsers parse in different ways: quotation marks, backslashes and apparent escapes (appendix D).
 */
export function attachment(name: string): string {
  if (/^[A-Za-z0-9_.-]+$/.test(name)) return `attachment; filename=${name}`;
  const isAscii = /^[\x20-\x7e]*$/.test(name);
  const quoted = isAscii ? name.replace(/["\\]/g, '\\$&') : latinPath(name);
  if (isAscii && !/["\\]|%[0-9a-f]{2}/i.test(name)) return `attachment; filename="${quoted}"`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${quoted}"; filename*=UTF-8''${encoded}`;
}

/** Returns a file name for clients that support only Latin names; `file` if the name has no Latin character. */
const latinPath = (path: string): string =>
  path
    .split('/')
    .map((name) => latinFileName(name) || 'file')
    .join('/');
