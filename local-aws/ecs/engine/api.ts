import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import * as z from 'zod';
import { findJson } from './find-json.ts';

/** Where an engine listens. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Begins with a slash, without the version of the API. Paths of Podman's own API begin with `/libpod/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait for the engine; a minute by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The Docker Engine API at one address. */
export interface EngineApi {
  /**
   * Makes one call.
   *
   * @returns the JSON document of the response; undefined for an empty response
   * @throws EngineError
   */
  call(request: EngineRequest): Promise<unknown>;
  /**
   * Makes a call whose response is a stream of JSON lines, sent while the engine works.
   *
   * @throws EngineError, also when no line arrives for `timeoutMs`
   */
  follow(request: EngineRequest): AsyncIterable<unknown>;
}

/** The engine rejected a call, or did not respond. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  /** HTTP status; undefined without a response. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const TIMEOUT_MS = 60_000;
/** Podman's own API, whose paths begin with `/libpod/`. */
const LIBPOD_VERSION = '/v4.0.0';
/** Maximum size of a response. The largest ones list containers, with about 10 kB each. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const MAX_LINE_BYTES = 1024 * 1024;

const errorBody = z.object({ message: z.string() });

/**
 * @param version path prefix with the version of the API, such as `/v1.41`
 * @param beforeCall awaited before each call
 */
export function createEngineApi(
  address: EngineAddress,
  version: string,
  beforeCall = async () => {},
): EngineApi {
  // A connection to a socket is cheap, and the engine may close a kept one just as it is used.
  const agent = new Agent({ keepAlive: false });
  const send = async (request: EngineRequest) => {
    await beforeCall();
    return sendRequest({ ...request, address, version, agent });
  };
  return {
    async call(request) {
      const text = await readText(await send(request));
      return text === '' ? undefined : findJson(text);
    },
    async *follow(request) {
      yield* readLines(await send(request), request.timeoutMs ?? TIMEOUT_MS);
    },
  };
}

interface SentRequest extends EngineRequest {
  readonly address: EngineAddress;
  readonly version: string;
  readonly agent: Agent;
}

/** Resolves with a response whose status is not an error. */
async function sendRequest(sent: SentRequest): Promise<IncomingMessage> {
  const response = await responseTo(sent);
  const status = response.statusCode ?? 0;
  // 304: the container is already in the requested state.
  if (status < 400) return response;
  const text = await readText(response);
  const said = errorBody.safeParse(findJson(text)).data?.message ?? (text.trim() || `status ${status}`);
  throw new EngineError(said, status);
}

function responseTo({ address, version, agent, ...request }: SentRequest): Promise<IncomingMessage> {
  const { method, path, query = {}, body, headers = {}, timeoutMs = TIMEOUT_MS, signal } = request;
  const text = body === undefined ? '' : JSON.stringify(body);
  const parameters = new URLSearchParams(query).toString();
  const prefix = path.startsWith('/libpod/') ? LIBPOD_VERSION : version;
  return new Promise((resolve, reject) => {
    const sending = requestHttp({
      ...address,
      agent,
      method,
      path: `${prefix}${path}${parameters ? `?${parameters}` : ''}`,
      headers: {
        host: 'engine',
        ...(text ? { 'content-type': 'application/json' } : {}),
        'content-length': Buffer.byteLength(text),
        ...headers,
      },
      ...(signal ? { signal } : {}),
    });
    sending.setTimeout(timeoutMs, () =>
      sending.destroy(new Error(`no response for ${timeoutMs / 1000} seconds`)),
    );
    sending.once('response', resolve);
    sending.once('error', (error) => reject(new EngineError(error.message)));
    sending.end(text);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_RESPONSE_BYTES)
        throw new Error(`the response has more than ${MAX_RESPONSE_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new EngineError(error instanceof Error ? error.message : String(error));
  }
  return Buffer.concat(chunks).toString();
}

async function* readLines(response: IncomingMessage, timeoutMs: number): AsyncIterable<unknown> {
  response.setTimeout(timeoutMs, () =>
    response.destroy(new Error(`no response for ${timeoutMs / 1000} seconds`)),
  );
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_BYTES) throw new Error(`a line has more than ${MAX_LINE_BYTES} characters`);
      for (const line of lines) if (line.trim()) yield findJson(line);
    }
  } catch (error) {
    throw new EngineError(error instanceof Error ? error.message : String(error));
  }
  if (rest.trim()) yield findJson(rest);
}
