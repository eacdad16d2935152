import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { VerifyOptions } from '../aws/signature.ts';
import { authenticate, parseAddress, requestHeaders } from './authenticate.ts';
import { findBucket } from './bucket-index.ts';
import type { S3Call, S3Reply, Storage } from './call.ts';
import { corsHeaders, preflight } from './cors.ts';
import { errorReply } from './error-reply.ts';
import { findRoute } from './routes.ts';
import { noSuchBucket } from './s3-error.ts';

/** One completed request, for an access log. */
export interface S3Event {
  /** Undefined for a request that was rejected before its signer was known. */
  readonly accessKeyId: string | undefined;
  /** The name of the operation, e.g. `PutObject`; undefined for a request that was rejected before it was known. */
  readonly operation: string | undefined;
  readonly bucket: string;
  readonly key: string;
  /** Keys in the body of the request, for DeleteObjects. */
  readonly keys?: readonly string[] | undefined;
  /** The object that is copied, as `bucket/key` with percent-encoding, for CopyObject and UploadPartCopy. */
  readonly source?: string | undefined;
  /** Whether the request used a presigned URL. Its sender may not be its signer. */
  readonly presigned: boolean;
  readonly status: number;
}

export interface HandlerOptions {
  readonly storage: Storage;
  readonly verify: VerifyOptions;
  readonly onRequest?: ((event: S3Event) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A request, and a function that sends 100 Continue to a client that waits for it. */
interface Exchange {
  readonly request: IncomingMessage;
  sendContinue(): void;
}

/** What is known about a request so far. */
interface Progress {
  accessKeyId: string | undefined;
  operation: string | undefined;
  bucket: string;
  key: string;
  presigned: boolean;
  source: string | undefined;
}

/** Handles one request of any kind; never throws. */
export async function handle(options: HandlerOptions, exchange: Exchange): Promise<S3Reply> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const { request } = exchange;
  const { method = '' } = request;
  const progress: Progress = {
    accessKeyId: undefined,
    operation: undefined,
    bucket: '',
    key: '',
    presigned: false,
    source: undefined,
  };
  let reply: S3Reply;
  try {
    reply = await response(options, exchange, progress);
  } catch (error) {
    reply = errorReply(
      error,
      { requestId, resource: `/${progress.bucket}/${progress.key}` },
      options.onError,
    );
  }
  options.onRequest?.({ ...progress, keys: reply.keys, status: reply.status });
  const isPreflight = method === 'OPTIONS';
  const cors = isPreflight
    ? {}
    : corsHeaders(options.storage, progress.bucket, method, request.headers.origin);
  return { ...reply, headers: { 'x-amz-request-id': requestId, ...cors, ...reply.headers } };
}

async function response(options: HandlerOptions, exchange: Exchange, progress: Progress): Promise<S3Reply> {
  const { request } = exchange;
  const { storage, verify } = options;
  const { method = '', url = '/' } = request;
  const { bucket, key, query } = parseAddress(url);
  progress.bucket = bucket;
  progress.key = key;
  if (method === 'OPTIONS') return preflight(storage, bucket, requestHeaders(request, query, false));
  const { signature, payloadHash, presigned } = authenticate(request, query, verify);
  progress.accessKeyId = signature.accessKeyId;
  progress.presigned = presigned;
  const headers = requestHeaders(request, query, presigned);
  progress.source = headers.get('x-amz-copy-source');
  const route = findRoute({ method, bucket, key, query, headers });
  progress.operation = route.name;
  if (bucket !== '' && route.name !== 'CreateBucket') assertBucket(storage, bucket);
  const call: S3Call = {
    method,
    bucket,
    key,
    query,
    headers,
    signature,
    payloadHash,
    openBody: () => {
      exchange.sendContinue();
      return request;
    },
  };
  return await route.run(storage, call);
}

function assertBucket({ database }: Storage, bucket: string): void {
  if (!findBucket(database, bucket)) throw noSuchBucket(bucket);
}
