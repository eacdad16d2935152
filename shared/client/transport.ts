import { pathOf } from '../api/routes/route.ts';
import { type JsonRouteKey, type ResponseOf, type RouteKey, routeOf } from '../api/routes.ts';
import { findJson } from '../documents/json-value.ts';
import { ApiError, errorOfConnection, errorOfResponse, retryAfterOf } from './error.ts';
import { sleep } from './persist.ts';

export interface ClientOptions {
  /** Base URL of the API. */
  readonly url: string;
  /** Access token; without one the caller is anonymous. */
  readonly token?: string | undefined;
}

/** Values of a path's variables and of the query; undefined query values are omitted. */
export interface Call {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly json?: unknown;
  readonly form?: FormData;
  /** Of an earlier response to the same request: the server then says whether it changed. */
  readonly etag?: string | undefined;
}

/** The response to a request that is repeated until it changes. */
export interface Polled<T> {
  /** Undefined if it is the one with the ETag of the request. */
  readonly value: T | undefined;
  readonly etag: string | undefined;
  /** Seconds after which the server wants to be asked again; undefined if it does not say. */
  readonly pollAfter: number | undefined;
}

export type Transport = ReturnType<typeof createTransport>;

/** Time limit of a request: twice the 30 s that API Gateway waits for a function (quotas of HTTP APIs). */
const TIMEOUT_MS = 60_000;

/** Creates a transport, which sends requests by the keys of the route table. Every failure is an `ApiError`. */
export function createTransport({ url, token: written }: ClientOptions) {
  const base = url.replace(/(?<!\/)\/+$/, '');
  // Copied tokens often have blanks and line ends around them.
  const token = written?.trim();

  const { reach, textOf } = createConnection(base);
  const request = (key: RouteKey, call: Call) => requestOf(base, token, key, call);

  /** Sends a request and returns the response, whose body callers may ignore. */
  const send = async (key: RouteKey, call: Call = {}): Promise<Response> => {
    const { address, init } = request(key, call);
    // An upload may take as long as it needs.
    const signal = call.form ? null : AbortSignal.timeout(TIMEOUT_MS);
    const response = await reach(address, { ...init, signal });
    const isUnchanged = call.etag !== undefined && response.status === 304;
    if (!response.ok && !isUnchanged) throw await errorOfResponse(response);
    return response;
  };

  const parse = async <K extends JsonRouteKey>(key: K, response: Response): Promise<ResponseOf<K>> => {
    const parsed = schemaOf(key).safeParse(findJson(await textOf(response)));
    if (parsed.success) return parsed.data as ResponseOf<K>;
    throw notUnderstood(base, response, parsed.error);
  };

  return {
    send,

    /** Returns the JSON response of a route. */
    read: async <K extends JsonRouteKey>(key: K, call?: Call): Promise<ResponseOf<K>> =>
      parse(key, await send(key, call)),

    /** Returns the JSON response of a route unless it is the one with the ETag of the call. */
    async poll<K extends JsonRouteKey>(key: K, call: Call): Promise<Polled<ResponseOf<K>>> {
      const response = await send(key, call);
      const value = response.status === 304 ? undefined : await parse(key, response);
      return { value, etag: response.headers.get('etag') ?? undefined, pollAfter: pollAfterOf(response) };
    },

    /** Waits between two attempts. */
    pause: sleep,

    /** Sends bytes to a link of S3, without the token; returns the ETag of the stored part. */
    async put(link: string, body: Blob): Promise<string> {
      const response = await reach(link, { method: 'PUT', body });
      if (!response.ok) throw await errorOfResponse(response);
      await response.body?.cancel();
      return response.headers.get('etag') ?? '';
    },

    /**
     * Returns the content of a download as a stream. Large files come from another host by a link, and that host must
     * not see the token. A browser hides the target of a redirect, so there the browser follows it itself.
     */
    async download(key: RouteKey, call: Call): Promise<Response> {
      const { address, init } = request(key, call);
      let response = await reach(address, init);
      const location =
        response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (location !== null) response = await reach(new URL(location, address).href, {});
      if (response.type === 'opaqueredirect')
        response = await reach(address, { ...init, redirect: 'follow' });
      if (!response.ok) throw await errorOfResponse(response);
      if (response.status === 202) {
        await response.body?.cancel();
        throw notReady(response);
      }
      return response;
    },
  };
}

function schemaOf(key: JsonRouteKey) {
  const { response } = routeOf(key);
  if (response.kind !== 'json') throw new Error(`route '${key}' does not respond with JSON`);
  return response.schema;
}

function pollAfterOf({ headers }: Response): number | undefined {
  const seconds = Number.parseFloat(headers.get('poll-after') ?? '');
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** Sends requests; every error names the server at `base`, also when a link leads to another host. */
function createConnection(base: string) {
  return {
    async reach(address: string, init: RequestInit): Promise<Response> {
      try {
        return await fetch(address, init);
      } catch (error) {
        throw errorOfConnection(base, error);
      }
    },

    async textOf(response: Response): Promise<string> {
      try {
        return await response.text();
      } catch (error) {
        throw errorOfConnection(base, error);
      }
    },
  };
}

/** Builds the address and options of a route's request. */
function requestOf(
  base: string,
  token: string | undefined,
  key: RouteKey,
  { params = {}, query = {}, json, form, etag }: Call,
) {
  const route = routeOf(key);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token) {
    checkToken(token);
    headers.api_key = token;
    // Proxies may drop a header with an underscore in its name.
    headers.authorization = `Bearer ${token}`;
  }
  if (etag !== undefined) headers['if-none-match'] = etag;
  if (json !== undefined) headers['content-type'] = 'application/json';
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  const search = new URLSearchParams(Object.entries(query).flatMap(pair)).toString();
  const path = fill(pathOf(route), params);
  const init: RequestInit = { method: route.methods[0], headers, redirect: 'manual' };
  return {
    address: `${base}/${path}${search === '' ? '' : `?${search}`}`,
    init: body === undefined ? init : { ...init, body },
  };
}

/** Characters that a token cannot hold because a header cannot: all except visible ASCII (RFC 9110, section 5.5). */
const NO_TOKEN_CHARACTER = /[^\x21-\x7e]/u;

/** @throws ApiError with a message that names the character, and no other part of the token */
function checkToken(token: string): void {
  const code = NO_TOKEN_CHARACTER.exec(token)?.[0].codePointAt(0);
  if (code === undefined) return;
  const character = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const message = `the access token holds the character ${character}, which no token has; copy it again, or log in again`;
  throw new ApiError({ status: 0, code: 'token.invalid', message });
}

const pair = ([name, value]: [string, string | undefined]): [string, string][] =>
  value === undefined ? [] : [[name, value]];

function fill(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') throw new Error(`no value for '${name}'`);
    return encodeURIComponent(value);
  });
}

const notUnderstood = (url: string, { status }: Response, cause: unknown) =>
  new ApiError({
    status,
    code: 'answer.invalid',
    message: `the response of ${url} is not that of a flowServ API`,
    cause,
  });

function notReady(response: Response): ApiError {
  const retryAfter = retryAfterOf(response);
  return new ApiError({
    status: response.status,
    code: 'download.not-ready',
    message: `the file is still being created; try again in ${retryAfter ?? 'a few'} seconds`,
    retryAfter,
  });
}
