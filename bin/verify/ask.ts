import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The value of a JSON body; undefined for other bodies. */
  readonly json: unknown;
}

const TIMEOUT_MS = 60_000;

/**
 * Sends one request unchanged: `fetch` would normalise the path and reject some headers and bodies. Uses IPv4, so
 * one computer has one address on every path.
 *
 * @param url its path and query are sent unchanged, without normalisation
 */
export function ask(method: string, url: string, { headers = {}, body }: Question = {}): Promise<Reply> {
  const [, protocol, host, path] = /^(https?:)\/\/([^/]+)(\/.*)?$/.exec(url) ?? [];
  if (protocol === undefined || host === undefined) throw new Error(`'${url}' is not an address`);
  const { hostname, port } = new URL(`${protocol}//${host}`);
  const send = protocol === 'https:' ? tlsRequest : plainRequest;
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const asked = send({
      method,
      hostname,
      ...(port ? { port } : {}),
      path: path ?? '/',
      headers: { ...length, ...headers },
      family: 4,
      timeout: TIMEOUT_MS,
    });
    asked.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve(replyOf(answer.statusCode ?? 0, answer.headers, Buffer.concat(chunks))));
    });
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not respond in time`)));
    asked.on('error', reject);
    asked.end(body);
  });
}

function replyOf(
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  bytes: Buffer,
): Reply {
  const text = bytes.toString('utf8');
  const flat = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return { status, headers: Object.fromEntries(flat), bytes, text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A field of a reply's JSON. */
export function field({ json }: Reply, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}
