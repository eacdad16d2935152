import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
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

/** Characters of an address in a response. */
const ADDRESS_LENGTH = 8192;

/** A request to an engine. */
interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Parts of the path after the base URL; each is encoded. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Content to send instead of `json`: a file, unless it has another media type. */
  readonly file?: { readonly body: Readable; readonly size: number; readonly type?: string };
}

/** How requests identify themselves. No error repeats any of it. */
interface Credentials {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export type EngineHttp = ReturnType<typeof createHttp>;

/**
 * Requests to one engine. They go to its base URL only: paths are encoded, and a redirect is an error, as it could lead
 * to any host that the function reaches.
 *
 * @param baseUrl without a trailing slash
 * @param credentials of every request
 */
export function createHttp(baseUrl: string, { query = {}, headers = {} }: Credentials = {}) {
  const secrets = [query, headers]
    .flatMap((of) => Object.values(of))
    .flatMap((text) => text.split(' ').at(-1) || []);
  /** A message of the engine without the token, which a debugging server may repeat. */
  const shown = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);

  const send = async (call: Call, milliseconds: number, address?: URL): Promise<IncomingMessage> => {
    const url = address ?? addressOf(baseUrl, call);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await exchange(url, call, headers, milliseconds);
    const { statusCode: status = 0 } = response;
    if (status >= 200 && status < 300) return response;
    const message = status >= 300 && status < 400 ? 'redirected elsewhere' : shown(await messageOf(response));
    response.destroy();
    throw new EngineError(`status ${status}${message === '' ? '' : `: ${message}`}`, { status });
  };

  return {
    /** Sends a request, and returns its JSON response by a schema. */
    async json<T>(call: Call, schema: z.ZodType<T>, maxBytes = RESPONSE_BYTES): Promise<T> {
      const response = await send(call, call.file ? TRANSFER_MS : CALL_MS);
      const parsed = schema.safeParse(findJson(await textOf(response, maxBytes)));
      if (!parsed.success) throw new EngineError('a response does not have the published form');
      return parsed.data;
    },

    /** Opens the content of a response. */
    open: (call: Call): Promise<Readable> => send(call, TRANSFER_MS),

    /**
     * Resolves a reference in a response, and returns its address if that is at the origin of the base URL: the token
     * must not reach other hosts.
     *
     * @param call which had the response; a relative reference is relative to its address (RFC 3986, section 5.1)
     * @returns undefined if it is elsewhere or no address
     */
    ownAddress(reference: string, call: Pick<Call, 'path'>): URL | undefined {
      const from = addressOf(baseUrl, call);
      if (reference.length > ADDRESS_LENGTH || !URL.canParse(reference, from.href)) return undefined;
      const url = new URL(reference, from);
      return url.origin === from.origin && `${url.username}${url.password}` === '' ? url : undefined;
    },

    /** Opens the content at an address of `ownAddress`. */
    openAt: (url: URL, milliseconds = TRANSFER_MS): Promise<Readable> =>
      send({ method: 'GET', path: [] }, milliseconds, url),
  };
}

function addressOf(baseUrl: string, { path, query = {} }: Pick<Call, 'path' | 'query'>): URL {
  const url = new URL(`${baseUrl}/${path.map(encodeURIComponent).join('/')}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

function exchange(
  url: URL,
  { method, json, file }: Call,
  credentials: Readonly<Record<string, string>>,
  milliseconds: number,
): Promise<IncomingMessage> {
  const text = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
  const size = file?.size ?? text?.length ?? 0;
  const type = file ? (file.type ?? 'application/octet-stream') : 'application/json';
  const headers = {
    accept: '*/*',
    ...credentials,
    ...(file || text ? { 'content-type': type } : {}),
    ...(method === 'GET' ? {} : { 'content-length': size }),
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

const errorBody = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  // GA4GH WES, `ErrorResponse`.
  z.object({ msg: z.string() }).transform(({ msg }) => msg),
]);

/** The message of an error response; empty without one. */
async function messageOf(response: IncomingMessage): Promise<string> {
  const body = findJson(await textOf(response, ERROR_BYTES).catch(() => ''));
  return errorBody.safeParse(body).data ?? '';
}
