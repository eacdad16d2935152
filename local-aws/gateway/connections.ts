import type { Server, ServerOptions } from 'node:http';

/** Time limits for clients, in milliseconds, and limits on connections and memory. */
export interface ConnectionLimits {
  /** For all headers of a request. */
  readonly headersMs: number;
  /** For the whole request: 10 MB in five minutes are 35 kB per second. */
  readonly requestMs: number;
  /** Without a byte in either direction; longer than the time limit of a function. */
  readonly silenceMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** Interval at which the first two limits are checked. */
  readonly checkMs: number;
  readonly connections: number;
  /** Maximum total bytes of all bodies in memory. */
  readonly bodyBytes: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersMs: 10_000,
  requestMs: 300_000,
  silenceMs: 40_000,
  idleMs: 5_000,
  checkMs: 2_000,
  connections: 512,
  bodyBytes: 256 * 1024 * 1024,
};

export const serverOptions = (limits: ConnectionLimits): ServerOptions => ({
  headersTimeout: limits.headersMs,
  requestTimeout: limits.requestMs,
  keepAliveTimeout: limits.idleMs,
  connectionsCheckingInterval: limits.checkMs,
});

export function limitSilence(server: Server, { silenceMs }: ConnectionLimits): void {
  server.setTimeout(silenceMs, (socket) => socket.destroy());
}
