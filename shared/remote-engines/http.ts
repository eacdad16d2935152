import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type * as z from 'zod';
import { findJson } from '../documents/json-value.ts';
import { EngineError } from './engine-error.ts';

/** Time for a request and its response as a whole; transfers of files take longer. */
const CALL_MS = 60_000;
/** 4 GiB at 8 MB/s, below the time of the function. */
const TRANSFER_MS = 600_000;
/** A connection without any traffic for this time is closed. */
const IDLE_MS = 60_000;
/** Bytes of a JSON response: 10,000 files of about 400 bytes each. */
const RESPONSE_BYTES = 4 * 1024 * 1024;
/** Bytes of an error response. */
const ERROR_BYTES = 16 * 1024;

/** A request to an engine. */
interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Parts of the path after the base URL; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Content of a file to send, instead of `json`. */
  readonly file?: { readonly body: Readable; readonly size: number };
}

export type EngineHttp = ReturnType<typeof createHttp>;

/**
 * Requests to one engine. They go to its base URL only: paths are encoded, and a redirect is an error, as it could lead
 * to any host that the function reaches.
 *
 * @param baseUrl without a trailing slash
 * @param credentials query parameters of every request, which no error repeats
 */
export function createHttp(baseUrl: string, credentials: Readonly<Record<string, string>>) {
  const send = async (call: Call, milliseconds: number): Promise<IncomingMessage> => {
    const response = await exchange(addressOf(baseUrl, call, credentials), call, milliseconds);
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return response;
    const message = status >= 300 && status < 400 ? 'redirected elsewhere' : await messageOf(response);
    response.destroy();
    throw new EngineError(`status ${status}${message === '' ? '' : `: ${message}`}`, { status });
  };

  return {
    /** Sends a request, and returns its JSON response by a schema. */
    async json<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
      const response = await send(call, call.file ? TRANSFER_MS : CALL_MS);
      const parsed = schema.safeParse(findJson(await textOf(response, RESPONSE_BYTES)));
      if (!parsed.success) throw new EngineError('a response does not have the published form');
      return parsed.data;
    },

    /** Opens the content of a response. */
    open: (call: Call): Promise<Readable> => send(call, TRANSFER_MS),
  };
}

function addressOf(baseUrl: string, { path, query = {} }: Call, credentials: object): URL {
  const url = new URL(`${baseUrl}/${path.map(encodeURIComponent).join('/')}`);
  for (const [name, value] of Object.entries({ ...query, ...credentials })) url.searchParams.set(name, value);
  return url;
}

function exchange(url: URL, { method, json, file }: Call, milliseconds: number): Promise<IncomingMessage> {
  const text = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
  const size = file?.size ?? text?.length ?? 0;
  const type = file ? 'application/octet-stream' : 'application/json';
  const headers = {
    accept: '*/*',
    ...(method === 'GET' ? {} : { 'content-type': type, 'content-length': size }),
  };
  const make = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(milliseconds);
    const fail = (cause: Error) => reject(new EngineError(`no response: ${reasonOf(cause)}`, { cause }));
    const request = make(url, { method, headers, timeout: IDLE_MS, signal }, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing moved for ${IDLE_MS / 1000} s`)));
    request.on('error', fail);
    if (file) pipeline(file.body, request).catch(fail);
    else request.end(text);
  });
}

/** The code of a system error, whose message may contain the address. */
const reasonOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.name;

/** @throws EngineError if the text is longer than `maxBytes` or the connection breaks */
async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      size += chunk.length;
      if (size > maxBytes) throw new EngineError(`a response is longer than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError('the connection broke during a response', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The message of an error response; empty without one. */
async function messageOf(response: IncomingMessage): Promise<string> {
  const body = findJson(await textOf(response, ERROR_BYTES).catch(() => ''));
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : '';
  return typeof message === 'string' ? message : '';
}
