import type { Server, ServerOptions } from 'node:http';

/** How long clients may take, in milliseconds, and how many there may be. */
export interface ConnectionLimits {
  /** For the whole head of a request. */
  readonly headersMs: number;
  /** For the whole request: five minutes for 10 MB are 35 kB a second. */
  readonly requestMs: number;
  /** Without a byte in either direction; longer than a function may take. */
  readonly silenceMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
  readonly connections: number;
  /** Bytes of all bodies together that are in memory at a time. */
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
