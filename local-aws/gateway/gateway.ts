import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { forServedHosts, type ServedHosts } from '../hosts.ts';
import { createInFlight } from '../in-flight.ts';
import { InvokeError } from '../lambda/errors.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import { listen, type RunningServer } from '../listen.ts';
import { keepRoom } from '../room.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, limitSilence, serverOptions } from './connections.ts';
import { type CorsConfiguration, corsHeaders, isCorsHeader, preflightHeaders } from './cors.ts';
import { type ApiIdentity, createEvent, parseTarget } from './event.ts';
import { entityTooLarge, internalError, notFound, notNow, Refusal, timedOut } from './refusal.ts';
import { announcesTooMuch, type BodyMemory, createBodyMemory, readBody } from './request-body.ts';
import { assertHeaderSize } from './request-headers.ts';
import { type GatewayAnswer, messageAnswer, readAnswer } from './response.ts';
import { createRouteSelector, type GatewayRoute, type RouteSelector } from './routes.ts';
import { answerClientError, sendAnswer } from './send-answer.ts';

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
  readonly refuse?: (request: IncomingMessage) => { status: number; message: string } | undefined;
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
  readonly room: ReturnType<typeof keepRoom>;
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
    room: keepRoom(server, limits.connections),
    accountId: options.accountId ?? '000000000000',
    apiId: options.apiId ?? 'local',
  };
  const inFlight = createInFlight();
  const take: RequestListener = (request, response) => inFlight.track(serve(gateway, request, response));
  server.on('request', forServedHosts(take, options.hosts));
  limitSilence(server, limits);
  server.on('checkContinue', (request, response) => {
    if (!announcesTooMuch(request)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('clientError', answerClientError);
  const { port, endpoint } = await listen(server, options.host ?? '127.0.0.1', options.port);
  return { port, endpoint, close: () => close(server, () => inFlight.settled(CLOSE_GRACE_MS)) };
}

async function serve(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomBytes(12).toString('base64url');
  const cors = corsOf(gateway.options, request);
  const answer = await respond(gateway, request, requestId).catch((error: unknown) =>
    refuse(gateway, request, requestId, error),
  );
  await sendAnswer(request, response, {
    ...answer,
    headers: { ...withCors(cors, request, answer), 'apigw-requestid': requestId },
  });
}

async function respond(
  gateway: Gateway,
  request: IncomingMessage,
  requestId: string,
): Promise<GatewayAnswer> {
  assertHeaderSize(request);
  const refused = gateway.options.refuse?.(request);
  if (refused) throw new Refusal(refused.status, refused.message);
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
  const done = gateway.room.occupy(request.socket);
  try {
    const identity = { accountId, apiId, requestId, now: new Date() };
    const event = createEvent(request, body, target, match, identity);
    return readAnswer(await invoke(options, match.route.function, event));
  } finally {
    done();
    memory.free(body.length);
  }
}

const wantsBody = ({ takesBody }: GatewayOptions, method = 'GET', path: string): boolean =>
  takesBody?.(method, path) ?? true;

/** Invokes a function once, with a time limit. The function continues after the limit, and its result is ignored. */
async function invoke(options: GatewayOptions, name: string, event: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timedOut()), options.integrationTimeoutMs ?? INTEGRATION_TIMEOUT_MS);
  });
  try {
    return await Promise.race([options.functions.invoke(name, event), limit]);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = error instanceof InvokeError ? error.code : undefined;
    if (code === 'RequestTooLargeException') throw entityTooLarge(error);
    throw code === 'ResourceNotReadyException' ? notNow() : internalError(error);
  } finally {
    clearTimeout(timer);
  }
}

function refuse(
  gateway: Gateway,
  request: IncomingMessage,
  requestId: string,
  error: unknown,
): GatewayAnswer {
  const refusal = error instanceof Refusal ? error : internalError(error);
  const clientIsGone = request.destroyed && !request.complete;
  if (refusal.status >= 500 && refusal.retryAfter === undefined && !clientIsGone) {
    gateway.options.onFault?.({
      requestId,
      method: request.method ?? '',
      path: request.url ?? '',
      error: refusal.cause ?? refusal,
    });
  }
  const answer = messageAnswer(refusal.status, refusal.message);
  if (refusal.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(refusal.retryAfter) } };
}

const corsOf = ({ cors }: GatewayOptions, request: IncomingMessage): CorsConfiguration | undefined =>
  typeof cors === 'function' ? cors(request) : cors;

/** The headers of a response, in which those of the CORS configuration replace the function's own. */
function withCors(
  cors: CorsConfiguration | undefined,
  request: IncomingMessage,
  answer: GatewayAnswer,
): OutgoingHttpHeaders {
  if (!cors) return answer.headers;
  const { origin, 'access-control-request-method': method } = request.headers;
  const own = Object.entries(answer.headers).filter(([name]) => !isCorsHeader(name));
  const added =
    request.method === 'OPTIONS' ? preflightHeaders(cors, origin, method) : corsHeaders(cors, origin);
  const vary = [answer.headers.vary, added.vary].filter((value) => value !== undefined).join(', ');
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
