import { latinFileName } from '../documents/file-name.ts';
import type { Services } from '../services/services.ts';
import { contentType } from '../uploads/media-type.ts';
import { linkExpiry, MAX_LINK_SECONDS } from '../volumes/presign.ts';

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

/** How a file is asked for. */
export interface DownloadRequest {
  readonly method: 'GET' | 'HEAD';
  /** True for a part of the file (`Range`), which S3 gives and the function does not. */
  readonly partly: boolean;
  /** True for the link itself instead of a redirect, for programs that hand it on. */
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

/** A link to a file, with what is known of the file. */
interface FileLink {
  readonly url: string;
  readonly name: string;
  readonly size: number;
  readonly type: string;
  readonly expiresAt: string;
}

/**
 * The bytes of a file, or a redirect to a link that gives them, under the same type and name, or that link with
 * what is known of the file; undefined when there is no object.
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
  // The head of a small file is that of its bytes too: the gateway counts them, and sends none.
  if (size > INLINE_BYTES || partly) {
    return { kind: 'redirect', location: await linkTo(services, download, method) };
  }
  const content = await objects.read('data', download.object, INLINE_BYTES);
  return content && { kind: 'file', content, contentType: type, disposition: attachment(download.name) };
}

/** A link for one method: S3 refuses a signature that was made for another. */
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
 * `attachment` with the file's name: as it is if it is a plain token, quoted if it has other ASCII characters, and in
 * UTF-8 beside the original's Latin form if it needs more (RFC 6266, section 4.3), or beside the quoted form if browsers
 * take that apart in several ways: quotation marks, backslashes and what looks like an escape (appendix D).
 */
export function attachment(name: string): string {
  if (/^[A-Za-z0-9_.-]+$/.test(name)) return `attachment; filename=${name}`;
  const isAscii = /^[\x20-\x7e]*$/.test(name);
  const quoted = isAscii ? name.replace(/["\\]/g, '\\$&') : latinPath(name);
  if (isAscii && !/["\\]|%[0-9a-f]{2}/i.test(name)) return `attachment; filename="${quoted}"`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${quoted}"; filename*=UTF-8''${encoded}`;
}

/** For clients that know Latin names only; `file` where nothing of a name is Latin. */
const latinPath = (path: string): string =>
  path
    .split('/')
    .map((name) => latinFileName(name) || 'file')
    .join('/');
