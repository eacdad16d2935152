import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { CredentialLookup } from '../aws/credentials.ts';
import { openDatabase } from './database.ts';
import { handle } from './handler.ts';
import { memoryBlobs } from './memory-blobs.ts';

/** A signed request as it would be sent, with headers of lower-case names. */
interface S3Request {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

interface S3Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** S3 without HTTP, and with everything in memory: the same operations as `startS3`. */
export function openS3(options: { readonly region: string; readonly credentials: CredentialLookup }) {
  const { region, credentials } = options;
  const blobs = memoryBlobs();
  const database = openDatabase(':memory:', blobs, false);
  const handlerOptions = {
    storage: { region, database, blobs },
    verify: { service: 's3', region, credentials },
  };
  return {
    async send({ method, url, headers, body }: S3Request): Promise<S3Response> {
      const request = Object.assign(body, {
        method,
        url,
        headers: { ...headers },
      }) as unknown as IncomingMessage;
      const reply = await handle(handlerOptions, { request, sendContinue: () => {} });
      const chunks: Buffer[] = [];
      if (typeof reply.body === 'string') chunks.push(Buffer.from(reply.body));
      else if (reply.body) {
        if (method !== 'HEAD') for await (const chunk of reply.body.source) chunks.push(chunk);
        reply.body.release();
      }
      return { status: reply.status, headers: reply.headers ?? {}, body: Buffer.concat(chunks) };
    },
    close: () => database.close(),
  };
}
