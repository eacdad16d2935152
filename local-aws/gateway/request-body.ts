import type { IncomingMessage } from 'node:http';
import { entityTooLarge } from './refusal.ts';

/** 10 MB, the payload limit of an HTTP API (API Gateway quotas). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** True when the request announces a body that the gateway will not take. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

/** True when the request has a body, of a length told in advance or not. */
export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

/**
 * The whole body. Above the limit nothing more is kept, but the rest keeps flowing, so that the client can
 * read the answer.
 *
 * @throws Refusal 413 above 10 MB, also for bodies in chunks
 * @throws Error when the client goes away
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      reject(entityTooLarge());
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}
