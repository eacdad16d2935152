import http, { type IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Readable, Writable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { currentContext } from './simulation.ts';

/** A request of an SDK client, signed and ready to be sent. */
export interface SentRequest {
  readonly method: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A response of an AWS service. */
export interface ReceivedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Send = (request: SentRequest) => Promise<ReceivedResponse>;
type Handle = (request: SentRequest, ...more: readonly unknown[]) => Promise<unknown>;

/**
 * Replaces how the clients of the SDK send requests, for code inside a simulation: everything above it, such as
 * signatures and retries, is the SDK's own.
 *
 * @returns a function that restores it
 */
export function replaceSending(send: Send): () => void {
  const handler: { handle: Handle } = Object.getPrototypeOf(new S3Client({}).config.requestHandler);
  const original = handler.handle;
  handler.handle = async function handle(request, ...more) {
    if (!currentContext()) return Reflect.apply(original, this, [request, ...more]);
    const { statusCode, headers, body } = await send(request);
    return {
      response: { statusCode, headers: { ...headers }, body: Readable.from(body.length > 0 ? [body] : []) },
    };
  };
  return () => {
    handler.handle = original;
  };
}

/** A request of `node:http` in the simulation, with the parts of its interface that the staging program uses. */
class SimulatedRequest extends Writable {
  readonly #chunks: Buffer[] = [];
  readonly #sent: (body: Buffer) => Promise<void>;
  constructor(sent: (body: Buffer) => Promise<void>) {
    // The request goes on after its body was sent.
    super({ autoDestroy: false });
    this.#sent = sent;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
  override _final(done: () => void): void {
    this.#sent(Buffer.concat(this.#chunks)).catch((error: Error) => this.emit('error', error));
    done();
  }
}

/** The arguments with which the staging program calls `request`. */
type StagingRequest = readonly [
  url: string,
  options: { readonly method: string; readonly headers: Readonly<Record<string, string | number>> },
  onResponse: (response: IncomingMessage) => void,
];

/**
 * Replaces `request` of `node:http`, by which the staging program talks to the broker and to S3, for code inside a
 * simulation.
 *
 * @returns a function that restores it
 */
export function replaceHttp(send: Send): () => void {
  const original = http.request;
  const replacement = (...given: readonly unknown[]) => {
    if (!currentContext()) return Reflect.apply(original, http, given);
    const [url, { method, headers }, onResponse] = given as unknown as StagingRequest;
    const { host, hostname, port, pathname, searchParams } = new URL(url);
    const text = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    return new SimulatedRequest(async (body) => {
      const received = await send({
        method,
        hostname,
        port: Number(port),
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: { host, ...Object.fromEntries(text) },
        body,
      });
      const { statusCode, headers: responseHeaders } = received;
      const response = Object.assign(Readable.from(received.body.length > 0 ? [received.body] : []), {
        statusCode,
        headers: responseHeaders,
      });
      onResponse(response as unknown as IncomingMessage);
    });
  };
  http.request = replacement as typeof http.request;
  syncBuiltinESMExports();
  return () => {
    http.request = original;
    syncBuiltinESMExports();
  };
}

/** Path and query of a request. */
export const targetOf = ({ path, query }: SentRequest): string => `${path}${queryText(query)}`;

/** The body of a request that is not streamed. */
export const textOf = ({ body = '' }: SentRequest): string =>
  typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array);

export function bodyOf({ body }: SentRequest): Readable {
  if (body instanceof Readable) return body;
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from((body as Uint8Array | undefined) ?? []);
  return Readable.from(bytes.length > 0 ? [bytes] : []);
}

function queryText(query: SentRequest['query'] = {}): string {
  const parts = Object.entries(query).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? value : [value];
    const key = encodeURIComponent(name);
    return values.map((one) => (one === null ? key : `${key}=${encodeURIComponent(one)}`));
  });
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}
