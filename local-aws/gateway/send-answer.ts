import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { headersTooLarge } from './refusal.ts';
import { hasBody } from './request-body.ts';
import type { GatewayAnswer } from './response.ts';

/** How long a client that is still sending may go on after its answer, so that it comes to read it. */
const LINGER_MS = 5_000;

/** Writes the answer and waits until the connection has taken it, or is gone. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: GatewayAnswer,
): Promise<void> {
  if (response.destroyed) return;
  const sent = finished(response).catch(() => {
    // The client went away; there is nobody to tell.
  });
  const withoutBody = answer.status === 204 || answer.status === 304;
  const unread = hasBody(request) && !request.complete;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(withoutBody ? {} : { 'content-length': answer.body.length }),
    ...(unread ? { connection: 'close' } : {}),
  });
  if (!unread) {
    response.end(answer.body);
  } else {
    if (answer.body.length > 0) response.write(answer.body);
    linger(request, response);
  }
  await sent;
}

/**
 * A client that is still sending gets its answer at once, but the connection stays up until it stops or a
 * few seconds are over: closing under it would reset the connection and lose the answer.
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const stop = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(stop, LINGER_MS).unref();
  request.once('end', stop);
  request.once('close', stop);
  request.resume();
}

function clientFault(code: string | undefined): { readonly status: number; readonly message: string } {
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge();
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, message: 'Request Timeout' };
  return { status: 400, message: 'Bad Request' };
}

/** A request that Node could not parse: there is no request object, only the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = clientFault(error.code);
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${message}\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
