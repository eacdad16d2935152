import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Reply } from './call.ts';

/** Sends a response. Streams the body of an object as fast as the client reads it. */
export async function sendReply(
  request: IncomingMessage,
  response: ServerResponse,
  reply: S3Reply,
): Promise<void> {
  const { body } = reply;
  try {
    if (response.destroyed) return;
    const headers = { ...reply.headers };
    if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body));
    else if (!body && reply.status === 200 && request.method !== 'HEAD') headers['content-length'] = '0';
    response.writeHead(reply.status, headers);
    if (body === undefined || request.method === 'HEAD') response.end();
    else if (typeof body === 'string') response.end(body);
    else await pipeline(Readable.from(body.source, { objectMode: false }), response);
  } catch (error) {
    // A client that disconnects early is not an error of the server; the connection is closed in any case.
    response.destroy();
    if (!isGone(error)) throw error;
  } finally {
    if (typeof body === 'object') body.release();
  }
}

/** Whether an error means that the client closed the connection. */
export function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
