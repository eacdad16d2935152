import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { limitConnections } from '../connection-limit.ts';
import { forServedHosts, type ServedHosts } from '../hosts.ts';
import { createInFlight } from '../in-flight.ts';
import { InvokeError } from '../lambda/errors.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import { listen, type RunningServer } from '../listen.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, limitSilence, serverOptions } from './connections.ts';
import { type CorsConfiguration, corsHeaders, isCorsHeader, preflightHeaders } from './cors.ts';
import { type ApiIdentity, createEvent, parseTarget } from './event.ts';
import { entityTooLarge, GatewayError, internalError, notFound, notNow, timedOut } from './gateway-error.ts';
import { announcesTooMuch, type BodyMemory, createBodyMemory, readBody } from './request-body.ts';
import { assertHeaderSize } from './request-headers.ts';
import { type GatewayResponse, messageResponse, toResponse } from './response.ts';
import { createRouteSelector, type GatewayRoute, type RouteSelector } from './routes.ts';
import { respondToClientError, sendResponse } from './send-response.ts';

/** Node itself rejects a request with larger headers; its response has no request id. */
const MAX_PARSED_HEADER_BYTES = 64 * 1024;
/** 30 seconds, the hard limit of an HTTP API's integration (API Gateway quotas). */
const INTEGRATION_TIMEOUT_MS = 30_000;
const CLOSE_GRACE_MS = 5_000;

export interface GatewayOptions {
  /** Runs the functions behind the routes. */
  readonly functions: FunctionHost;
  /** Route keys and the names of their functions. */
  readonly routes: readonly GatewayRoute[];
  /** 0 chooses a free port. */
  readonly port: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** None by default: OPTIONS is routed like any method, and functions set their own CORS headers. */
  readonly cors?: CorsConfiguration | ((request: IncomingMessage) => CorsConfiguration);
  /** Host names other than loopback's that are served; none by default. */
  readonly hosts?: ServedHosts;
  /** Rejects requests before any other processing, as a web ACL does; accepts all by default. */
  readonly reject?: (request: IncomingMessage) => { status: number; message: string } | undefined;
  /** Account in the events; twelve zeros by default. */
  readonly accountId?: string;
  /** Id of the API in the events; `local` by default. */
  readonly apiId?: string;
  /** Whether the function reads the body of such a request; true by default. Other bodies are not read. */
  readonly takesBody?: (method: string, path: string) => boolean;
  /** Limits that override those in `CONNECTION_LIMITS`. */
  readonly limits?: Partial<ConnectionLimits>;
  /** Time limit of a function in milliseconds; 30 seconds by default. */
  readonly integrationTimeoutMs?: number;
  /** Called with the cause of a 5xx of the gateway, which its response does not contain; no-op by default. */
  readonly onFault?: (fault: GatewayFault) => void;
}

export interface GatewayFault {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly error: unknown;
}

interface Gateway extends ApiIdentity {
  readonly options: GatewayOptions;
  readonly select: RouteSelector;
  readonly memory: BodyMemory;
  readonly connections: ReturnType<typeof limitConnections>;
  /** Of the requests that have no response yet. */
  readonly open: Set<AbortController>;
}

/**
 * Starts an API Gateway HTTP API on one port, with the routes, events of payload format 2.0, limits, errors and CORS of
 * the service. Any function host can run the functions.
 *
 * @throws Error for a malformed route key, or when the port is taken
 */
export async function startGateway(options: GatewayOptions): Promise<RunningServer> {
  const limits = { ...CONNECTION_LIMITS, ...options.limits };
  const server = createServer({ ...serverOptions(limits), maxHeaderSize: MAX_PARSED_HEADER_BYTES });
  const gateway: Gateway = {
    options,
    select: createRouteSelector(options.routes),
    memory: createBodyMemory(limits.bodyBytes),
    connections: limitConnections(server, limits.connections),
    accountId: options.accountId ?? '000000000000',
    apiId: options.apiId ?? 'local',
    open: new Set(),
  };
  const inFlight = createInFlight();
  const take: RequestListener = (request, response) => inFlight.track(serve(gateway, request, response));
  server.on('request', forServedHosts(take, options.hosts));
  limitSilence(server, limits);
  server.on('checkContinue', (request, response) => {
    if (!announcesTooMuch(request)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('clientError', respondToClientError);
  const { port, endpoint } = await listen(server, options.host ?? '127.0.0.1', options.port);
  return {
    port,
    endpoint,
    close: () => {
      // Functions that wait for something should respond now.
      for (const controller of gateway.open) controller.abort();
      return close(server, () => inFlight.settled(CLOSE_GRACE_MS));
    },
  };
}

async function serve(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomBytes(12).toString('base64url');
  const cors = corsOf(gateway.options, request);
  const gone = whenGone(gateway, response);
  const created = await respond(gateway, request, requestId, gone).catch((error: unknown) =>
    errorResponse(gateway, request, requestId, error),
  );
  await sendResponse(request, response, {
    ...created,
    headers: { ...withCors(cors, request, created), 'apigw-requestid': requestId },
  });
}

async function respond(
  gateway: Gateway,
  request: IncomingMessage,
  requestId: string,
  gone: AbortSignal,
): Promise<GatewayResponse> {
  assertHeaderSize(request);
  const rejection = gateway.options.reject?.(request);
  if (rejection) throw new GatewayError(rejection.status, rejection.message);
  if (gateway.options.cors && request.method === 'OPTIONS') {
    return { status: 204, headers: {}, body: Buffer.alloc(0) };
  }
  const target = parseTarget(request.url ?? '');
  const match = gateway.select(request.method ?? 'GET', target.path);
  if (!match) throw notFound();
  if (announcesTooMuch(request)) throw entityTooLarge();
  const { accountId, apiId, memory, options } = gateway;
  const body = wantsBody(options, request.method, target.path)
    ? await readBody(request, memory)
    : Buffer.alloc(0);
  const done = gateway.connections.markBusy(request.socket);
  try {
    const identity = { accountId, apiId, requestId, now: new Date() };
    const event = createEvent(request, body, target, match, identity);
    return toResponse(await invoke(options, match.route.function, event, gone));
  } finally {
    done();
    memory.free(body.length);
  }
}

/** Aborted when the client disconnects before it has its response, and when the gateway closes. */
function whenGone({ open }: Gateway, response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  open.add(controller);
  response.once('close', () => {
    open.delete(controller);
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

const wantsBody = ({ takesBody }: GatewayOptions, method = 'GET', path: string): boolean =>
  takesBody?.(method, path) ?? true;

/** Invokes a function once, with a time limit. The function continues after the limit, and its result is ignored. */
async function invoke(
  options: GatewayOptions,
  name: string,
  event: unknown,
  gone: AbortSignal,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut()), options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS);
  });
  try {
    return await Promise.race([options.functions.invoke(name, event, gone), limit]);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const code = error instanceof InvokeError ? error.code : undefined;
    if (code === 'RequestTooLargeException') throw entityTooLarge(error);
    throw code === 'ResourceNotReadyException' ? notNow() : internalError(error);
  } finally {
    clearTimeout(timer);
  }
}

function errorResponse(
  gateway: Gateway,
  request: IncomingMessage,
  requestId: string,
  error: unknown,
): GatewayResponse {
  const shown = error instanceof GatewayError ? error : internalError(error);
  const clientIsGone = request.destroyed && !request.complete;
  if (shown.status >= 500 && shown.retryAfter === undefined && !clientIsGone) {
    gateway.options.onFault?.({
      requestId,
      method: request.method ?? '',
      path: request.url ?? '',
      error: shown.cause ?? shown,
    });
  }
  const response = messageResponse(shown.status, shown.message);
  if (shown.retryAfter === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(shown.retryAfter) } };
}

const corsOf = ({ cors }: GatewayOptions, request: IncomingMessage): CorsConfiguration | undefined =>
  typeof cors === 'function' ? cors(request) : cors;

/** The headers of a response, in which those of the CORS configuration replace the function's own. */
function withCors(
  cors: CorsConfiguration | undefined,
  request: IncomingMessage,
  response: GatewayResponse,
): OutgoingHttpHeaders {
  if (!cors) return response.headers;
  const { origin, 'access-control-request-method': method } = request.headers;
  const own = Object.entries(response.headers).filter(([name]) => !isCorsHeader(name));
  const added =
    request.method === 'OPTIONS' ? preflightHeaders(cors, origin, method) : corsHeaders(cors, origin);
  const vary = [response.headers.vary, added.vary].filter((value) => value !== undefined).join(', ');
  return { ...Object.fromEntries(own), ...added, ...(vary ? { vary } : {}) };
}

/** Rejects new connections, waits up to 5 s for running requests, then closes all remaining connections. */
async function close(server: Server, settled: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await settled();
  server.closeAllConnections();
  await closed;
}
