import type { IncomingMessage } from 'node:http';
import { entityTooLarge, notNow } from './gateway-error.ts';

/** 10 MB, the payload limit of an HTTP API (API Gateway quotas). */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Counts the bytes of bodies in memory. */
export interface BodyMemory {
  /** Reserves bytes. @returns false when they would exceed the limit */
  take(bytes: number): boolean;
  free(bytes: number): void;
}

export function createBodyMemory(maxBytes: number): BodyMemory {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > maxBytes) return false;
      used += bytes;
      return true;
    },
    free(bytes) {
      used -= bytes;
    },
  };
}

/** True when the request announces a body above the limit. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES;
}

/** True when the request has a body, with or without a known length. */
export function hasBody(request: IncomingMessage): boolean {
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

/**
 * Reads the whole body and reserves its bytes in `memory`; the caller must free them. Above a limit, it stores nothing
 * more but continues to read, so that the client can read the response.
 *
 * @throws GatewayError 413 above 10 MB, also for chunked bodies; 503 when the memory is used up
 * @throws Error when the client disconnects
 */
export function readBody(request: IncomingMessage, memory: BodyMemory): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    const fail = (error: unknown) => {
      if (ended) return;
      ended = true;
      chunks.length = 0;
      memory.free(size);
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      if (ended) return;
      if (size + chunk.length > MAX_BODY_BYTES) return fail(entityTooLarge());
      if (!memory.take(chunk.length)) return fail(notNow());
      size += chunk.length;
      chunks.push(chunk);
    });
    request.once('end', () => {
      if (ended) return;
      ended = true;
      resolve(Buffer.concat(chunks));
    });
    request.once('error', fail);
    request.once('close', () => fail(new Error('the client disconnected')));
  });
}
