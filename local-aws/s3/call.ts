import type { Readable } from 'node:stream';
import type { VerifiedSignature } from '../aws/signature.ts';
import type { BlobStore } from './blobs.ts';
import type { Database } from './database.ts';

/** The storage that the operations use. */
export interface Storage {
  readonly region: string;
  readonly database: Database;
  readonly blobs: BlobStore;
}

/** One authenticated request in S3's terms. */
export interface S3Call {
  readonly method: string;
  /** Empty for operations of the service. */
  readonly bucket: string;
  /** Empty for operations of a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name, together with the `x-amz-` parameters of a presigned URL. */
  readonly headers: ReadonlyMap<string, string>;
  readonly signature: VerifiedSignature;
  /** The hash that the body must have, or one of the constants of `x-amz-content-sha256`. */
  readonly payloadHash: string;
  /** Returns the body as sent. Sends 100 Continue to a client that waits for it. */
  openBody(): Readable;
}

/** A response body that is read from the store. */
interface StreamedBody {
  readonly size: number;
  readonly source: AsyncIterable<Buffer>;
  /** Must be called when the source is no longer needed, even if it was never read. */
  release(): void;
}

export interface S3Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | StreamedBody;
  /** Keys in the body of the request, for `onRequest`. */
  readonly keys?: readonly string[];
}

export type Operation = (storage: Storage, call: S3Call) => S3Reply | Promise<S3Reply>;

/** An XML response. */
export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): S3Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}
