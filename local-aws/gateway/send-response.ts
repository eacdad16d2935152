import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { headersTooLarge } from './gateway-error.ts';
import { hasBody } from './request-body.ts';
import type { GatewayResponse } from './response.ts';

/** How long a client may continue to send after its response, so that it can read the response. */
const LINGER_MS = 5_000;

/** Writes the response and waits until it is sent or the connection is closed. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  content: GatewayResponse,
): Promise<void> {
  if (response.destroyed) return;
  const sent = finished(response).catch(() => {
    // The client disconnected.
  });
  const withoutBody = content.status === 204 || content.status === 304;
  const unread = hasBody(request) && !request.complete;
  response.writeHead(content.status, {
    ...content.headers,
    ...(withoutBody ? {} : { 'content-length': content.body.length }),
    ...(unread ? { connection: 'close' } : {}),
  });
  if (!unread) {
    response.end(content.body);
  } else {
    if (content.body.length > 0) response.write(content.body);
    linger(request, response);
  }
  await sent;
}

/**
 * Keeps the connection open until the client stops sending, or for 5 s. The client already has its response. Closing
 * earlier would reset the connection and lose the response.
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

/** Responds to a request that Node could not parse. It has no request object, only the connection. */
export function respondToClientError(error: NodeJS.ErrnoException, socket: Socket): void {
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
