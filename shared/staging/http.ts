import { type IncomingMessage, request as requestHttp } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { diskFull, failure, isTransient, StagingFailure, transient } from './failure.ts';

/** A connection without any traffic for this time is aborted. */
const IDLE_MS = 60_000;
/**
 * Maximum attempts of one transfer. Their pauses add up to about 50 s on average, which outlasts a throttled S3
 * prefix.
 */
const ATTEMPTS = 12;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;
/** Bytes of an error response that are read. */
const ERROR_BYTES = 4_096;

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: Readable | Buffer;
}

/**
 * Sends one request and returns the response once its head has arrived. The caller reads or destroys the body.
 *
 * Uses node:http instead of `fetch` because S3 requires a Content-Length with a streamed body. Loads node:https on
 * use, since that takes as long as loading the rest of the program.
 *
 * @throws a transient failure when the connection fails
 */
export async function send(url: string, { method, headers, body }: Outgoing): Promise<IncomingMessage> {
  const make = url.startsWith('https:') ? (await import('node:https')).request : requestHttp;
  return new Promise((resolve, reject) => {
    // A body that cannot be read fails with a `StagingFailure`; any other error is the connection's.
    const fail = (error: Error) =>
      reject(
        error instanceof StagingFailure ? error : transient(`${method} failed: ${error.message}`, error),
      );
    const request = make(url, { method, headers, timeout: IDLE_MS }, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing moved for ${IDLE_MS / 1000} s`)));
    request.on('error', fail);
    if (body instanceof Readable) pipeline(body, request).catch(fail);
    else request.end(body);
  });
}

/**
 * The body of a response, chunk by chunk.
 *
 * @throws a transient failure when the connection breaks
 */
export async function* readBody(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
  } catch (error) {
    throw transient('the connection broke during the response', error);
  }
}

/**
 * The body of a response as text.
 *
 * @throws the failure `protocol` when it is longer than `maxBytes`
 */
export async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readBody(response)) {
    size += chunk.length;
    if (size > maxBytes) throw failure('protocol', `a response is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Converts an error response of S3 or of the broker into a failure; its body is dropped.
 *
 * Transient are 5xx, 429, 408, 409 (a concurrent write to the same key), S3's 400 RequestTimeout (AWS S3, "Error
 * responses"), and 403 when the caller can get a fresh link.
 */
export async function failureOfResponse(response: IncomingMessage, what: string, freshLink: boolean) {
  const status = response.statusCode ?? 0;
  const body = await readText(response, ERROR_BYTES).catch(() => '');
  response.destroy();
  if (status === 507) return diskFull();
  const message = `${what}: status ${status}`;
  const passing =
    status >= 500 ||
    [408, 409, 429].includes(status) ||
    (status === 403 && freshLink) ||
    (status === 400 && body.includes('RequestTimeout'));
  return passing ? transient(message) : failure('refused', message);
}

/**
 * Runs `work` until it succeeds, fails permanently, or reaches the maximum of attempts. The pauses double and are
 * spread evenly from zero, so that the tasks of many runs do not retry at the same moment.
 */
export async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransient(error)) throw error;
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
    }
  }
}
