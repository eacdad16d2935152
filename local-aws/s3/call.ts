import type { Readable } from 'node:stream';
import type { VerifiedSignature } from '../aws/signature.ts';
import type { BlobStore } from './blobs.ts';
import type { Database } from './database.ts';

/** Everything that the operations work on. */
export interface Storage {
  readonly region: string;
  readonly database: Database;
  readonly blobs: BlobStore;
}

/** One authenticated request in the terms of S3. */
export interface S3Call {
  readonly method: string;
  /** Empty at the level of the service. */
  readonly bucket: string;
  /** Empty at the level of a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name, together with the `x-amz-` parameters of a presigned URL. */
  readonly headers: ReadonlyMap<string, string>;
  readonly signature: VerifiedSignature;
  /** What the body must hash to, or one of the words of `x-amz-content-sha256`. */
  readonly payloadHash: string;
  /** The body as sent. Opening it tells a waiting client to go on. */
  openBody(): Readable;
}

/** The body of an answer that is read from the store. */
interface StreamedBody {
  readonly size: number;
  readonly source: AsyncIterable<Buffer>;
  /** Must be called once the source is no longer read, also if it never was. */
  release(): void;
}

export interface S3Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | StreamedBody;
  /** Keys that the request named in its body, for records of who called what. */
  readonly keys?: readonly string[];
}

export type Operation = (storage: Storage, call: S3Call) => S3Reply | Promise<S3Reply>;

/** An XML answer. */
export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): S3Reply {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}
