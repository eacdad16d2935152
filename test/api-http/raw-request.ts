import { type IncomingHttpHeaders, type RequestOptions, request as send } from 'node:http';
import { connect } from 'node:net';

export interface RawRequest {
  readonly method?: string;
  /** As sent over the wire: nothing is encoded or resolved. */
  readonly path: string;
  readonly headers?: RequestOptions['headers'];
  readonly body?: string | Uint8Array;
}

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: () => Record<string, unknown>;
}

/** Sends one request exactly as given, where `fetch` would encode, resolve or reject it. */
export function rawRequest(
  url: string,
  { method = 'GET', path, headers, body }: RawRequest,
): Promise<RawReply> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, method, path, headers, agent: false }, async (response) => {
      const text = Buffer.concat(await Array.fromAsync(response)).toString('utf8');
      const json = () => JSON.parse(text);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
    });
    request.once('error', reject);
    request.end(body);
  });
}

/** Sends bytes to a server and returns everything that comes back. */
export function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}
